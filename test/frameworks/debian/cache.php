<?php
// Caching as Symfony and Laravel do it with php-redis: values with expiry, pipelines, tags in sets, counters, a walk.
function check(bool $condition): void {
    if (!$condition) { throw new Exception("it does not hold"); }
}
ini_set("zend.assertions", "1");
$url = parse_url(getenv("REDIS_URL"));
$client = new Redis();
$client->connect($url["host"], $url["port"]);
check($client->auth($url["pass"]));
$client->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_PHP);
check($client->setex("php:a", 100, ["n" => 1]));
check($client->get("php:a") === ["n" => 1]);
check($client->set("php:a", 1, ["nx", "ex" => 10]) === false);
$client->setOption(Redis::OPT_SERIALIZER, Redis::SERIALIZER_NONE);
// Symfony saves several items by a pipeline, Laravel by a transaction.
check($client->pipeline()->setex("php:b", 100, "1")->setex("php:c", 100, "2")->exec() === [true, true]);
check($client->multi()->setex("php:d", 100, "3")->incrBy("php:d", 4)->exec() === [true, 7]);
check($client->mget(["php:b", "php:none"]) === ["1", false]);
check($client->sAdd("php:tag", "php:b", "php:c") === 2);
check($client->sMembers("php:tag") == ["php:b", "php:c"]);
check($client->unlink(["php:b", "php:c", "php:tag"]) === 3);
check($client->hMSet("php:h", ["f" => "v"]) && $client->hGetAll("php:h") === ["f" => "v"]);
$found = [];
$cursor = null;
$client->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
while (($keys = $client->scan($cursor, "php:*", 100)) !== false) { array_push($found, ...$keys); }
sort($found);
check($found === ["php:a", "php:d", "php:h"]);
// A session, kept by PHP's own handler.
ini_set("session.save_handler", "redis");
ini_set("session.save_path", "tcp://{$url['host']}:{$url['port']}?auth={$url['pass']}&prefix=phpsess:");
ini_set("session.use_cookies", "0");
ini_set("session.cache_limiter", "");
session_id("abc");
session_start();
$_SESSION["user"] = "ada";
session_write_close();
$_SESSION = [];
session_start();
check($_SESSION["user"] === "ada");
session_destroy();
check($client->exists("phpsess:abc") === 0);
