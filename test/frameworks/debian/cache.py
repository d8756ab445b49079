# Caching as Django and Celery do it with python3-redis: values with expiry, set_many by a pipeline, counters, results.
import os, pickle
import redis
client = redis.Redis.from_url(os.environ["REDIS_URL"])
client.set("py:a", pickle.dumps({"n": 1}), ex=100)
assert pickle.loads(client.get("py:a")) == {"n": 1}
assert client.set("py:a", b"x", nx=True) is None
# Django's set_many: a pipeline, which is a transaction by default.
pipeline = client.pipeline()
pipeline.mset({"py:b": 1, "py:c": 2})
for key in ("py:b", "py:c"):
    pipeline.expire(key, 100)
assert pipeline.execute() == [True, True, True]
assert client.mget("py:b", "py:c", "py:none") == [b"1", b"2", None]
assert client.incr("py:b", 5) == 6 and 0 < client.ttl("py:b") <= 100
assert client.delete("py:a", "py:b", "py:c") == 3
# An optimistic transaction.
def step(pipe):
    value = int(pipe.get("py:n") or 0)
    pipe.multi()
    pipe.set("py:n", value + 1)
assert client.transaction(step, "py:n") == [True]
# Celery's result backend: SETEX and PUBLISH together, a waiter subscribed.
pubsub = client.pubsub(ignore_subscribe_messages=True)
pubsub.subscribe("celery-task-meta-1")
assert pubsub.get_message(timeout=1) is None
with client.pipeline() as pipe:
    pipe.setex("celery-task-meta-1", 100, b'{"status":"SUCCESS"}')
    pipe.publish("celery-task-meta-1", b'{"status":"SUCCESS"}')
    assert pipe.execute() == [True, 1]
message = None
while message is None:
    message = pubsub.get_message(timeout=5)
assert message["data"] == b'{"status":"SUCCESS"}'
client.hset("py:h", mapping={"f": "v"})
assert client.hgetall("py:h") == {b"f": b"v"}
assert sorted(client.scan_iter("py:*")) == [b"py:h", b"py:n"]
