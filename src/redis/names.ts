// Redis's names for what belongs to one partition. All but the channel share a hash tag, and so a cluster's slot.

export class RedisNames {
  readonly clock: string;
  readonly entryPrefix: string;
  readonly channel: string;
  /** Where messages published by hand are obeyed as well, if that is another channel. */
  readonly handChannel: string | undefined;
  /** A key that is never set. */
  readonly never: string;
  readonly isSharded: boolean;
  readonly publish: "PUBLISH" | "SPUBLISH";
  readonly #leasePrefix: string;

  constructor(partition: number, partitions: number, isCluster: boolean) {
    const tag = `cachee:{${partition}}`;
    this.clock = `${tag}:clock`;
    this.never = `${tag}:never`;
    this.entryPrefix = `${tag}:v1:`;
    this.#leasePrefix = `${tag}:lease:`;
    this.isSharded = isCluster;
    this.publish = isCluster ? "SPUBLISH" : "PUBLISH";
    const isOnly = partitions === 1 && !isCluster;
    this.channel = isOnly ? "cachee:invalidate" : `cachee:invalidate:{${partition}}`;
    this.handChannel = isOnly ? undefined : "cachee:invalidate";
  }

  entry(key: string): string {
    return this.entryPrefix + key;
  }

  lease(key: string): string {
    return this.#leasePrefix + key;
  }
}
