import { revalidateTag } from "next/cache";

export async function GET() {
  revalidateTag("posts", { expire: 0 });
  return new Response("done\n");
}
