package dev.hearth.config;

import dev.hearth.api.IsolationForm;
import dev.hearth.api.IsolationRule;
import dev.hearth.cluster.ImageVolumeSupport;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What an installation can set, under {@code hearth.} in its application.properties. */
@ConfigMapping(prefix = "hearth")
public interface HearthConfig {
    Buildkit buildkit();

    Registries registries();

    Responses responses();

    Artifacts artifacts();

    Tools tools();

    Worker worker();

    Network network();

    Secrets secrets();

    Web web();

    Results results();

    Sweep sweep();

    Runs runs();

    Clock clock();

    /** What pods of pipelines may be and take where no policy says it: spec.pods of a CachePolicy, as JSON. */
    @WithDefault("{}")
    String pods();

    /** How long a pod may fail to get its image, or its daemon, before its steps fail. */
    @WithDefault("1m")
    Duration imagePullPatience();

    /** Pods of tasks that one run has at a time. */
    @WithDefault("32")
    int tasksAtOnce();

    /** The daemon that builds. */
    interface Buildkit {
        @WithDefault("docker.io/moby/buildkit:v0.34.2")
        String image();

        /** The same BuildKit made to run as user 1000, with rootlesskit. */
        @WithDefault("docker.io/moby/buildkit:v0.34.2-rootless")
        String rootlessImage();

        /** What holds where a policy says Auto. */
        @WithDefault("Auto")
        IsolationRule isolation();

        /** The image that builds of an isolation run. */
        static String image(Buildkit buildkit, IsolationForm isolation) {
            return switch (isolation) {
                case UserNamespace, Privileged -> buildkit.image();
                case Rootless -> buildkit.rootlessImage();
            };
        }
    }

    /** How registries are reached. */
    interface Registries {
        /** Registry host to the host, with port, that BuildKit asks first. */
        Map<String, String> mirrors();

        /** Hosts, with port, that are talked to over plain HTTP. */
        Optional<Set<String>> insecure();
    }

    /** How much is read from git servers and registries, so that none of them can take the operator's memory. */
    interface Responses {
        /** Questions that are asked at once, a quarter of them at most for one namespace. */
        @WithDefault("16")
        int atOnce();

        /** Size of the largest answer: refs of a repository, or its commits and directories. By default a part of the heap. */
        Optional<String> largest();

        /** Refs that a repository may have. */
        @WithDefault("100000")
        int refs();
    }

    /** What prepares a build pod: fetches a private repository, copies a cache; and what fills directories of tasks. */
    interface Tools {
        /** An image with a shell, coreutils and git. */
        @WithDefault("docker.io/library/buildpack-deps:bookworm-scm")
        String image();

        /** The same for Windows: an image with PowerShell 7, for the nodes' version of Windows. */
        @WithDefault("mcr.microsoft.com/powershell:lts-nanoserver-ltsc2022")
        String windowsImage();
    }

    /** What pushes artifacts to a registry, and fetches them. */
    interface Worker {
        /** The operator's own image, which has to be within reach of pipelines' namespaces. */
        @WithDefault("hearth/operator:0.1.0")
        String image();
    }

    /** What the pods of steps may reach. */
    interface Network {
        /** Whether they are kept from the API server and from the cloud's metadata. */
        @WithDefault("true")
        boolean enabled();

        /** Further ranges that they are kept from, such as {@code 10.1.0.0/24}. */
        Optional<Set<String>> deny();

        Untrusted untrusted();

        /** Whether pipelines may name the operator's own host, as where it runs beside a git server on a developer's machine. */
        Optional<Boolean> loopback();
    }

    /** What pods of untrusted runs may reach beside the internet and DNS. */
    interface Untrusted {
        Allow allow();
    }

    /** What is private and reachable all the same. */
    interface Allow {
        /** Such as {@code 10.1.0.0/16}, or {@code 10.1.2.3/32:5000} for one port. */
        Optional<Set<String>> ranges();

        /** All pods of these. */
        Optional<Set<String>> namespaces();
    }

    /** What is served to people. */
    interface Web {
        /** For one of which a token has to be made. */
        @WithDefault("hearth")
        Set<String> audiences();

        /** Connections at a time. */
        @WithDefault("256")
        int connections();

        Tls tls();
    }

    /** The certificate that is served with. */
    interface Tls {
        /** The service in front of the operator: its certificate is for that name, and kept under names that begin with it. */
        @WithDefault("hearth")
        String service();

        /** A Secret with a certificate that others renew. */
        Optional<String> secretName();

        /** Further host names of the operator's own certificate. */
        Optional<Set<String>> names();
    }

    /** Which Secrets pipelines may use. */
    interface Secrets {
        /** Whether a Secret has to name the pipelines, and the hosts, that it is for. */
        @WithDefault("true")
        boolean optIn();
    }

    /** The operator's clock. */
    interface Clock {
        /**
         * By how much it is wrong, for drills: nothing may be deleted early, however far it is ahead or behind. Other limits,
         * such as those of a step's time, do follow it.
         */
        Optional<Duration> offset();
    }

    /** Where a run's artifacts are kept. */
    interface Artifacts {
        /** Size of the volume that a run's artifacts are on, and the most that one from a registry may have. */
        @WithDefault("10Gi")
        String size();

        /** How pods get artifacts from a registry. */
        @WithDefault("Auto")
        ImageVolumeSupport.Rule imageVolumes();
    }

    /** Where logs and report files of steps are kept until their run is deleted. */
    interface Results {
        @WithDefault("/var/lib/hearth/results")
        String folder();

        /** Size of a container's log. */
        @WithDefault("4Mi")
        String logLimit();

        /** Size of what one run keeps. */
        @WithDefault("1Gi")
        String runLimit();

        /** Size of what the runs of a namespace keep; half of it all if left out. */
        Optional<String> namespaceLimit();

        /** Size of it all. */
        @WithDefault("8Gi")
        String totalLimit();
    }

    /** How many runs may be active at a time; others wait for their turn. */
    interface Runs {
        @WithDefault("20")
        int perPipeline();

        @WithDefault("40")
        int perNamespace();

        /** Of refs that are not trusted: the others have the rest to themselves. */
        @WithDefault("10")
        int untrustedPerPipeline();

        @WithDefault("20")
        int untrustedPerNamespace();
    }

    /** The search for what nobody owns. */
    interface Sweep {
        @WithDefault("10m")
        Duration interval();
    }
}
