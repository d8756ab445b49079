// Sessions of an express application in Redis: login, a later request, logout, all sessions counted.
import assert from "node:assert/strict";
import { once } from "node:events";
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import { createClient } from "redis";

const client = await createClient({ url: process.env.REDIS_URL }).connect();
const store = new RedisStore({ client, prefix: "sess:", ttl: 100 });
const app = express();
app.use(session({ store, secret: "a", resave: false, saveUninitialized: false }));
app.get("/login", (request, response) => {
  request.session.user = "ada";
  response.send("in");
});
app.get("/me", (request, response) => void response.send(request.session.user ?? "nobody"));
app.get("/logout", (request, response) => request.session.destroy(() => response.send("out")));
const server = app.listen(0);
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}`;
const login = await fetch(`${url}/login`);
const headers = { cookie: login.headers.get("set-cookie").split(";")[0] };
const me = async () => (await fetch(`${url}/me`, { headers })).text();
assert.equal(await me(), "ada");
assert.equal(await store.length(), 1);
assert.equal((await store.all())[0].user, "ada");
const [key] = await client.keys("sess:*");
assert.ok((await client.ttl(key)) > 90);
await (await fetch(`${url}/logout`, { headers })).text();
assert.equal(await me(), "nobody");
await store.clear();
server.close();
server.closeAllConnections();
await client.close();
