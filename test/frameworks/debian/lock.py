# redis-py's Lock: taken, refused to another, extended, released by its holder alone.
import os
import redis
from redis.exceptions import LockNotOwnedError
client = redis.Redis.from_url(os.environ["REDIS_URL"])
lock = client.lock("pylock", timeout=10)
assert lock.acquire(blocking=False)
assert not client.lock("pylock").acquire(blocking=False)
assert lock.extend(20) and client.pttl("pylock") > 10000
client.set("pylock", "another")
try:
    lock.release()
    raise SystemExit("released a lock of another's")
except LockNotOwnedError:
    pass
client.delete("pylock")
