<?php
// PHP's sessions with locking: one holder at a time, and the lock is released when the session is written.
$url = parse_url(getenv("REDIS_URL"));
ini_set("session.save_handler", "redis");
ini_set("session.save_path", "tcp://{$url['host']}:{$url['port']}?auth={$url['pass']}&prefix=locked:");
ini_set("redis.session.locking_enabled", "1");
ini_set("redis.session.lock_expire", "10");
ini_set("redis.session.lock_wait_time", "1000");
ini_set("session.use_cookies", "0");
ini_set("session.cache_limiter", "");
$client = new Redis();
$client->connect($url["host"], $url["port"]);
$client->auth($url["pass"]);
session_id("abc");
session_start();
if ($client->exists("locked:abc_LOCK") !== 1) { throw new Exception("there is no lock"); }
$_SESSION["n"] = 1;
session_write_close();
if ($client->exists("locked:abc_LOCK") !== 0) { throw new Exception("the lock was not released"); }
session_start();
if ($_SESSION["n"] !== 1) { throw new Exception("the session is lost"); }
session_destroy();
