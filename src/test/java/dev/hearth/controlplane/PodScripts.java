package dev.hearth.controlplane;

import dev.hearth.controlplane.PodStages.End;
import dev.hearth.pod.build.BuildPod;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What is to become of the pods of one namespace. Pods that nothing is said of run and succeed. */
public final class PodScripts {
    private static final Fate DEFAULT = new Fate.Ends(Map.of());

    private final Runnable changed;
    private final List<Line> lines = new CopyOnWriteArrayList<>();
    private final Map<String, String> logs = new ConcurrentHashMap<>();
    private final Set<String> silent = ConcurrentHashMap.newKeySet();

    /** @param changed is run once something is to become of pods that may be there */
    PodScripts(Runnable changed) {
        this.changed = changed;
    }

    /** Pods whose name contains this; what is said last of a pod holds, also for one that is there. */
    public Script on(String name) {
        return new Script(name);
    }

    Fate fate(Pod pod) {
        var name = BuildPod.roleOf(pod);
        return lines.reversed().stream()
                .filter(line -> name.contains(line.name()))
                .map(Line::fate)
                .findFirst()
                .orElse(DEFAULT);
    }

    Optional<String> log(String pod) {
        return logs.entrySet().stream()
                .filter(entry -> pod.contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    boolean isSilent(String pod) {
        return silent.stream().anyMatch(pod::contains);
    }

    private record Line(String name, Fate fate) {}

    /** The rest of a sentence about pods. */
    public final class Script {
        private final String name;

        private Script(String name) {
            this.name = name;
        }

        public void succeeds() {
            become(DEFAULT);
        }

        /** Its commands end well, a container with this message. */
        public void says(String container, String message) {
            become(new Fate.Ends(Map.of(container, new End(0, message))));
        }

        public void failsWith(int code, String message) {
            become(new Fate.Fails(code, message));
        }

        /** A container ends badly, before others that wait for it. */
        public void failsIn(String container, int code, String message) {
            become(new Fate.Ends(Map.of(container, new End(code, message))));
        }

        /** Until something else is said. */
        public void runs() {
            become(new Fate.Runs());
        }

        public void isUnschedulable(String message) {
            become(new Fate.Unschedulable(message));
        }

        public void cannotPull(String message) {
            become(new Fate.Stuck("ImagePullBackOff", message));
        }

        public void isEvicted() {
            become(new Fate.Evicted());
        }

        public void runsOutOfMemory() {
            become(new Fate.OutOfMemory());
        }

        public void losesItsNode() {
            become(new Fate.NodeLost());
        }

        /** What its containers have written, and nothing else. */
        public Script logs(String text) {
            logs.put(name, text);
            return this;
        }

        /** Its node answers no question for its logs. */
        public Script keepsItsLogs() {
            silent.add(name);
            return this;
        }

        private void become(Fate fate) {
            lines.add(new Line(name, fate));
            changed.run();
        }
    }
}
