# Caching as Rails does it with ruby-redis: values with expiry, several at once, a pipeline, a transaction, a walk.
require "redis"
client = Redis.new(url: ENV["REDIS_URL"])
def check(condition) = condition || raise("it does not hold")
client.set("rb:a", Marshal.dump({ "n" => 1 }), px: 100_000)
check Marshal.load(client.get("rb:a")) == { "n" => 1 }
check client.set("rb:a", "x", nx: true) == false
check client.mapped_mget("rb:a", "rb:none").keys == ["rb:a", "rb:none"]
check client.pipelined { |p| p.incrby("rb:n", 2); p.expire("rb:n", 100); p.ttl("rb:n") }[0] == 2
check client.multi { |t| t.incr("rb:n"); t.get("rb:n") } == [3, "3"]
client.watch("rb:n") do
  client.set("rb:n", 9)
  check client.multi { |t| t.incr("rb:n") }.nil?
end
client.hset("rb:h", "f", "v")
check client.hgetall("rb:h") == { "f" => "v" }
check client.scan_each(match: "rb:*").to_a.sort == ["rb:a", "rb:h", "rb:n"]
check client.unlink("rb:a", "rb:h", "rb:n") == 3
