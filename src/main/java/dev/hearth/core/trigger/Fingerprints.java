package dev.hearth.core.trigger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Collection;

/**
 * A set of refs with their commits, in 8 bytes each. The chance that two of a million refs have equal fingerprints is one in
 * thirty million; then the second ref starts no run until its next push.
 */
public final class Fingerprints {
    public static final Fingerprints NONE = new Fingerprints(new long[0]);

    private final long[] sorted;

    private Fingerprints(long[] sorted) {
        this.sorted = sorted;
    }

    /** Builds a set. */
    public static final class Builder {
        private final MessageDigest digest = sha256();
        private long[] values = new long[16];
        private int size;

        public void add(String ref, String commit) {
            if (size == values.length) {
                values = Arrays.copyOf(values, size * 2);
            }
            values[size++] = fingerprint(digest, ref, commit);
        }

        public Fingerprints build() {
            return of(Arrays.copyOf(values, size));
        }
    }

    private static Fingerprints of(long[] values) {
        return new Fingerprints(Arrays.stream(values).sorted().distinct().toArray());
    }

    /** Returns the union of shards. */
    public static Fingerprints join(Collection<byte[]> shards) {
        var all = ByteBuffer.allocate(shards.stream().mapToInt(it -> it.length).sum() / Long.BYTES * Long.BYTES);
        shards.forEach(shard -> all.put(shard, 0, shard.length / Long.BYTES * Long.BYTES));
        var values = new long[all.capacity() / Long.BYTES];
        all.flip().asLongBuffer().get(values);
        return of(values);
    }

    public boolean contains(String ref, String commit) {
        return Arrays.binarySearch(sorted, fingerprint(sha256(), ref, commit)) >= 0;
    }

    public int size() {
        return sorted.length;
    }

    /** Returns the set without the refs of another set. */
    public Fingerprints without(Fingerprints others) {
        return new Fingerprints(Arrays.stream(sorted)
                .filter(value -> Arrays.binarySearch(others.sorted, value) < 0)
                .toArray());
    }

    /**
     * Returns the part of the set in one shard.
     *
     * @param shards number of shards, a power of two
     */
    public byte[] shard(int number, int shards) {
        var part = Arrays.stream(sorted)
                .filter(value -> (value & (shards - 1)) == number)
                .toArray();
        var bytes = ByteBuffer.allocate(part.length * Long.BYTES);
        bytes.asLongBuffer().put(part);
        return bytes.array();
    }

    private static long fingerprint(MessageDigest digest, String ref, String commit) {
        digest.update(ref.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0); // no name of a ref contains it
        digest.update(commit.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprints that && Arrays.equals(sorted, that.sorted);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sorted);
    }

    @Override
    public String toString() {
        return sorted.length + " fingerprints";
    }
}
