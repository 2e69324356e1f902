package dev.hearth.git;

import dev.hearth.budget.Response;
import dev.hearth.budget.ResponseTooLarge;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.eclipse.jgit.internal.storage.dfs.DfsInserter;
import org.eclipse.jgit.internal.storage.dfs.DfsObjDatabase;
import org.eclipse.jgit.internal.storage.dfs.DfsPackParser;
import org.eclipse.jgit.lib.AnyObjectId;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.transport.PackedObjectInfo;
import org.jspecify.annotations.Nullable;

/**
 * Reads a pack within the memory limit of its response. JGit allocates memory for as many objects as the first bytes of
 * a pack announce. It also keeps the content of every object on the path from a base to the delta that it applies, so
 * that a kilobyte of deltas on deltas can stand for gigabytes.
 */
final class BoundedParser extends DfsPackParser {
    /** Less than the average size of commits and directories in a real pack. */
    private static final int BYTES_OF_OBJECT = 64;

    private final Response response;
    private final long largest;
    private final Deque<Parent> path = new ArrayDeque<>();
    private long pathSize;

    /** An object that can be the base of deltas. */
    private record Parent(AnyObjectId id, int size) {}

    BoundedParser(DfsObjDatabase database, DfsInserter inserter, InputStream in, Response response) {
        super(database, inserter, in);
        this.response = response;
        this.largest = response.limits().largest();
        setMaxObjectSizeLimit(Math.max(1, largest / 2));
    }

    @Override
    protected void onPackHeader(long objects) throws IOException {
        if (objects < 0 || objects > largest / BYTES_OF_OBJECT) {
            throw new ResponseTooLarge(
                    "its pack has more than " + largest / BYTES_OF_OBJECT + " commits and directories, the limit");
        }
        super.onPackHeader(objects);
    }

    @Override
    protected void onBeginWholeObject(long position, int type, long size) throws IOException {
        response.hold(Math.min(size, largest));
        super.onBeginWholeObject(position, type, size);
    }

    @Override
    protected void onBeginOfsDelta(long position, long base, long size) throws IOException {
        response.hold(largest);
        super.onBeginOfsDelta(position, base, size);
    }

    /** The size of a delta's result is not known before the delta is applied, so the largest size is reserved. */
    @Override
    protected void onBeginRefDelta(long position, AnyObjectId base, long size) throws IOException {
        response.hold(largest);
        super.onBeginRefDelta(position, base, size);
    }

    /** JGit visits deltas depth first, so objects that are not on the path to the base are no longer needed. */
    @Override
    protected PackedObjectInfo newInfo(AnyObjectId id, @Nullable UnresolvedDelta delta, @Nullable ObjectId base) {
        while (!path.isEmpty() && !path.peek().id().equals((Object) base)) {
            pathSize -= path.pop().size();
        }
        return super.newInfo(id, delta, base);
    }

    @Override
    protected void onInflatedObjectData(PackedObjectInfo object, int type, byte[] data) throws IOException {
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException(); // applying deltas takes long, and reads nothing from the server
        }
        path.push(new Parent(object, data.length));
        pathSize += data.length;
        response.hold(pathSize);
        super.onInflatedObjectData(object, type, data);
    }
}
