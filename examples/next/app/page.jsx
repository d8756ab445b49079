import { cacheLife, cacheTag } from "next/cache";
import { connection } from "next/server";
import { Suspense } from "react";

/** Stands for a query that is slow and dear: another answer each time that it runs. */
async function posts() {
  "use cache";
  cacheTag("posts");
  cacheLife("hours");
  return `posts-${crypto.randomUUID()}`;
}

async function Posts() {
  await connection();
  return <p>{await posts()}</p>;
}

export default function Page() {
  return (
    <Suspense fallback={<p>…</p>}>
      <Posts />
    </Suspense>
  );
}
