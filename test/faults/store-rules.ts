/** What a bucket does with its objects that the emulator knows nothing of. */
export interface BucketRules {
  /** For how long deleted objects can be brought back; 0 is never. */
  readonly softDeleteSeconds: number;
  /** For how long no object can be deleted after its writing; 0 is not at all. */
  readonly retentionSeconds: number;
  /** New objects begin their life on hold. */
  readonly defaultHold: boolean;
  readonly versioning: boolean;
}

/** An object as Google Cloud Storage describes it, as far as the rules look at it. */
export interface ObjectFacts {
  readonly name: string;
  readonly generation: string;
  readonly timeCreated: string;
  readonly [more: string]: unknown;
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** The rules of a bucket, its holds, and what it keeps of deleted objects. */
export interface BucketKeeper {
  set(rules: Partial<BucketRules>): void;
  hold(name: string): void;
  release(name: string): void;
  /** Told of every object that was written. */
  written(name: string): void;
  /** Why an object cannot be deleted now, by its hold, the bucket's retention and the precondition. */
  refuses(object: ObjectFacts, ifGenerationMatch: string | null, now: Date): Refusal | undefined;
  /** Told of every object that was deleted. */
  deleted(object: ObjectFacts, now: Date): void;
  /** What can still be brought back, as a list with `softDeleted=true` shows it. */
  softDeleted(prefix: string, now: Date): readonly ObjectFacts[];
  /** What the bucket says of itself, over what the emulator says. */
  describe(): Record<string, unknown>;
}

export function createBucketKeeper(): BucketKeeper {
  let rules: BucketRules = {
    softDeleteSeconds: 0,
    retentionSeconds: 0,
    defaultHold: false,
    versioning: false,
  };
  const held = new Set<string>();
  let kept: (ObjectFacts & { readonly hardDeleteTime: string })[] = [];
  return {
    set(change) {
      rules = { ...rules, ...change };
    },
    hold: (name) => void held.add(name),
    release: (name) => void held.delete(name),
    written(name) {
      if (rules.defaultHold) held.add(name);
    },
    refuses({ name, generation, timeCreated }, ifGenerationMatch, now) {
      if (held.has(name))
        return {
          status: 403,
          message: `Object '${name}' is under active Temporary hold and cannot be deleted, overwritten or archived until hold is removed.`,
        };
      const until = new Date(Date.parse(timeCreated) + rules.retentionSeconds * 1000);
      if (until > now)
        return {
          status: 403,
          message: `Object '${name}' is subject to bucket's retention policy or object retention and cannot be deleted or overwritten until ${until.toISOString()}`,
        };
      if (ifGenerationMatch !== null && ifGenerationMatch !== generation)
        return {
          status: 412,
          message: 'At least one of the pre-conditions you specified did not hold.',
        };
      return undefined;
    },
    deleted(object, now) {
      if (rules.softDeleteSeconds === 0) return;
      const hardDeleteTime = new Date(now.getTime() + rules.softDeleteSeconds * 1000).toISOString();
      kept.push({ ...object, softDeleteTime: now.toISOString(), hardDeleteTime });
    },
    softDeleted(prefix, now) {
      kept = kept.filter(({ hardDeleteTime }) => new Date(hardDeleteTime) > now);
      return kept.filter(({ name }) => name.startsWith(prefix));
    },
    describe: () => ({
      softDeletePolicy: { retentionDurationSeconds: String(rules.softDeleteSeconds) },
      versioning: { enabled: rules.versioning },
      defaultEventBasedHold: rules.defaultHold,
      ...(rules.retentionSeconds > 0 && {
        retentionPolicy: { retentionPeriod: String(rules.retentionSeconds), isLocked: true },
      }),
    }),
  };
}
