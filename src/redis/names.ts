// Redis's names for what belongs to one partition. All but the channel share a hash tag, and so a cluster's slot.
//
// Pub/sub knows no databases: a channel names its own, but for database 0.

export interface RedisNamesOptions {
  readonly partition: number;
  readonly partitions: number;
  readonly isCluster: boolean;
  readonly database: number;
}

export class RedisNames {
  /** The hash of epoch, number and marks. */
  readonly sequence: string;
  readonly entryPrefix: string;
  readonly channel: string;
  /** Where messages published by hand are obeyed as well, if that is another channel. */
  readonly handChannel: string | undefined;
  /** Where messages that clients publish to one another go. */
  readonly messages: string;
  /** A key that is never set. */
  readonly never: string;
  /** A key that is there for as long as some lease may be held. */
  readonly leases: string;
  readonly isSharded: boolean;
  readonly publish: "PUBLISH" | "SPUBLISH";
  readonly #leasePrefix: string;

  constructor({ partition, partitions, isCluster, database }: RedisNamesOptions) {
    const tag = `cachee:{${partition}}`;
    this.sequence = `${tag}:clock`;
    this.never = `${tag}:never`;
    this.leases = `${tag}:leases`;
    this.entryPrefix = `${tag}:v1:`;
    this.#leasePrefix = `${tag}:lease:`;
    this.isSharded = isCluster;
    this.publish = isCluster ? "SPUBLISH" : "PUBLISH";
    const isOnly = partitions === 1 && !isCluster;
    const suffix = database === 0 ? "" : `@${database}`;
    const hand = `cachee:invalidate${suffix}`;
    this.channel = isOnly ? hand : `cachee:invalidate:{${partition}}${suffix}`;
    this.messages = `cachee:pubsub${isCluster ? `:{${partition}}` : ""}@${database}`;
    this.handChannel = isOnly ? undefined : hand;
  }

  entry(key: string): string {
    return this.entryPrefix + key;
  }

  lease(key: string): string {
    return this.#leasePrefix + key;
  }
}
