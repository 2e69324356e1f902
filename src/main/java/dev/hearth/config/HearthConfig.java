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

/** The settings of an installation. Their names in application.properties begin with {@code hearth.}. */
@ConfigMapping(prefix = "hearth")
public interface HearthConfig {
    /** The operator's own namespace: of its lease and its certificate. */
    @WithDefault("default")
    String namespace();

    Agent agent();

    Buildkit buildkit();

    Registries registries();

    Responses responses();

    Proxy proxy();

    Artifacts artifacts();

    Preflights preflights();

    Network network();

    Secrets secrets();

    Web web();

    Results results();

    Sweep sweep();

    Runs runs();

    Clock clock();

    /**
     * Limits and default resources of pods of pipelines, for fields that their CachePolicy does not set: its spec.pods
     * as JSON.
     */
    @WithDefault("{}")
    String pods();

    /** How long pulling an image, or starting the daemon, may fail before the steps of the pod fail. */
    @WithDefault("1m")
    Duration imagePullPatience();

    /** Maximum number of task pods of a run at the same time. */
    @WithDefault("32")
    int tasksAtOnce();

    /**
     * Memory that all warm pods together may request. A warm pod waits with a running daemon for the next run of a ref. With 0 none
     * waits, whatever keepWarm of a CachePolicy says.
     */
    @WithDefault("4Gi")
    String warmMemory();

    /** Images with Hearth's program for pods, the agent, and BuildKit. They have to be of the operator's release. */
    interface Agent {
        /** Image of build pods, and of all other containers of Hearth in pods for Linux. */
        @WithDefault("docker.io/hearth/agent:0.1.0")
        String image();

        /** Image of build pods with isolation Rootless: the same for user 1000, with rootlesskit. */
        @WithDefault("docker.io/hearth/agent:0.1.0-rootless")
        String rootlessImage();

        /** Image that copies task caches of tasks for Windows, for the nodes' version of Windows. It has no BuildKit. */
        @WithDefault("docker.io/hearth/agent:0.1.0-windows-ltsc2022")
        String windowsImage();

        /** Returns the image for builds with an isolation. */
        static String image(Agent agent, IsolationForm isolation) {
            return switch (isolation) {
                case UserNamespace, Privileged -> agent.image();
                case Rootless -> agent.rootlessImage();
            };
        }
    }

    /** BuildKit in build pods. */
    interface Buildkit {
        /** Isolation of builds whose CachePolicy says Auto. */
        @WithDefault("Auto")
        IsolationRule isolation();
    }

    /** Access to registries. */
    interface Registries {
        /** For each registry host the mirror, with port, that BuildKit asks first. */
        Map<String, String> mirrors();

        /** Registry hosts, with port, that are accessed over plain HTTP. */
        Optional<Set<String>> insecure();

        /** Returns the registries that are accessed over plain HTTP; empty if the setting is absent. */
        static Set<String> plainHttp(Registries registries) {
            return registries.insecure().orElse(Set.of());
        }
    }

    /** The HTTP proxy through which the operator reaches git servers and forges. */
    interface Proxy {
        /** URL of the proxy, such as {@code http://proxy.example:3128}. Without it, all servers are reached directly. */
        Optional<String> url();

        /** Names, addresses and ranges of hosts that are reached without the proxy. A name is for names below it, too. */
        Optional<Set<String>> noProxy();
    }

    /** Limits for answers of git servers and forges, so that no server can use up the operator's memory. */
    interface Responses {
        /** Maximum number of requests at the same time. One namespace may have a quarter of them. */
        @WithDefault("16")
        int atOnce();

        /**
         * Size of the largest answer: the refs of a repository, or its commits and directories. By default a part of
         * the heap.
         */
        Optional<String> largest();

        /** Maximum number of refs of a repository. */
        @WithDefault("100000")
        int refs();
    }

    /** Preflights of isolation and of user namespaces. */
    interface Preflights {
        /**
         * Whether a success counts in all namespaces that admit the preflight's pod alike. Needs the admission policies, which
         * keep users from changing these pods.
         */
        @WithDefault("false")
        boolean shared();
    }

    /** Network isolation of step pods. */
    interface Network {
        /** Whether Hearth creates network policies for step pods. */
        @WithDefault("true")
        boolean enabled();

        /** Further address ranges that no step may reach, such as {@code 10.1.0.0/24}. */
        Optional<Set<String>> deny();

        Untrusted untrusted();

        /** Whether the repository of a pipeline may be at a loopback address of the operator, for development. */
        @WithDefault("false")
        boolean loopback();
    }

    /** Network isolation of pods of untrusted runs. */
    interface Untrusted {
        Allow allow();
    }

    /** Private destinations that pods of untrusted runs may reach. */
    interface Allow {
        /** Address ranges, such as {@code 10.1.0.0/16}, or {@code 10.1.2.3/32:5000} for one port. */
        Optional<Set<String>> ranges();

        /** Namespaces with all of their pods. */
        Optional<Set<String>> namespaces();
    }

    /** The HTTPS port that serves logs and report files. */
    interface Web {
        /** Audiences of accepted tokens. A token must have one of them. */
        @WithDefault("hearth")
        Set<String> audiences();

        /** Maximum number of open connections. */
        @WithDefault("256")
        int connections();

        Tls tls();
    }

    /** The certificate of the HTTPS port. */
    interface Tls {
        /**
         * Name of the operator's Service. Its own certificate is for this name, and its Secret and ConfigMap begin with
         * it.
         */
        @WithDefault("hearth")
        String service();

        /** Secret with a certificate that an administrator provides. Without it the operator creates its own. */
        Optional<String> secretName();

        /** Further host names of the operator's own certificate. */
        Optional<Set<String>> names();
    }

    /** Use of Secrets by pipelines. */
    interface Secrets {
        /** Whether pipelines may use a Secret only with its consent: annotations that name the pipelines and hosts. */
        @WithDefault("true")
        boolean optIn();
    }

    /** The operator's clock. */
    interface Clock {
        /**
         * Offset that is added to the clock, to test a wrong clock. Hearth deletes nothing early, however wrong the
         * clock is. Other limits, such as timeouts of steps, follow the wrong clock.
         */
        Optional<Duration> offset();
    }

    /** Storage of artifacts. */
    interface Artifacts {
        /** Maximum size of an artifact in a registry. */
        @WithDefault("10Gi")
        String size();

        /** How pods get artifacts from a registry: Mount, Copy or Auto. */
        @WithDefault("Auto")
        ImageVolumeSupport.Rule imageVolumes();
    }

    /** The result store: logs and report files of steps, kept until their run is deleted. */
    interface Results {
        /** Directory of the result store. */
        @WithDefault("/var/lib/hearth/results")
        String folder();

        /** Maximum size of a container's log. */
        @WithDefault("4Mi")
        String logLimit();

        /** Maximum size of the results of a run. */
        @WithDefault("1Gi")
        String runLimit();

        /** Maximum size of the results of a namespace. By default half of the total limit. */
        Optional<String> namespaceLimit();

        /** Maximum size of all results. */
        @WithDefault("8Gi")
        String totalLimit();
    }

    /** Concurrency limits: how many runs are active at a time. Further runs wait. */
    interface Runs {
        /** Active runs of a pipeline. */
        @WithDefault("20")
        int perPipeline();

        /** Active runs of a namespace. */
        @WithDefault("40")
        int perNamespace();

        /** Active runs of untrusted refs of a pipeline. The rest is reserved for trusted runs. */
        @WithDefault("10")
        int untrustedPerPipeline();

        /** Active runs of untrusted refs of a namespace. The rest is reserved for trusted runs. */
        @WithDefault("20")
        int untrustedPerNamespace();
    }

    /** The sweep, which searches for orphans. */
    interface Sweep {
        /** Time between two sweeps. */
        @WithDefault("10m")
        Duration interval();
    }
}
