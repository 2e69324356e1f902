package dev.hearth;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_FIELD_INJECTION;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The shape of the code: which package may know which. */
@AnalyzeClasses(packages = "dev.hearth", importOptions = ArchitectureTest.WithoutTests.class)
class ArchitectureTest {

    /** Leaves out what is compiled into the same place as this class, whatever tool did it. */
    static final class WithoutTests implements ImportOption {
        private static final String TESTS = ArchitectureTest.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .getPath();

        @Override
        public boolean includes(Location location) {
            return !location.contains(TESTS);
        }
    }

    @ArchTest
    static final ArchRule dependenciesPointOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("app")
            .definedBy("dev.hearth.app..")
            .layer("worker")
            .definedBy("dev.hearth.worker..")
            .layer("web")
            .definedBy("dev.hearth.web..")
            .layer("controller")
            .definedBy("dev.hearth.controller..")
            .layer("cluster")
            .definedBy("dev.hearth.cluster..")
            .layer("git")
            .definedBy("dev.hearth.git..")
            .layer("registry")
            .definedBy("dev.hearth.registry..")
            .layer("pod")
            .definedBy("dev.hearth.pod..")
            .layer("buildkit")
            .definedBy("dev.hearth.buildkit..")
            .layer("certificate")
            .definedBy("dev.hearth.certificate..")
            .layer("destination")
            .definedBy("dev.hearth.destination..")
            .layer("report")
            .definedBy("dev.hearth.report..")
            .layer("results")
            .definedBy("dev.hearth.results..")
            .layer("budget")
            .definedBy("dev.hearth.budget..")
            .layer("audit")
            .definedBy("dev.hearth.audit..")
            .layer("core")
            .definedBy("dev.hearth.core..")
            .layer("api")
            .definedBy("dev.hearth.api..")
            .whereLayer("app")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("worker")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("worker")
            .mayOnlyAccessLayers("registry", "budget", "core")
            .whereLayer("web")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("controller")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("cluster")
            .mayOnlyBeAccessedByLayers("app", "web", "controller")
            .whereLayer("git")
            .mayOnlyBeAccessedByLayers("app", "controller")
            .whereLayer("git")
            .mayOnlyAccessLayers("budget", "destination", "core")
            .whereLayer("registry")
            .mayOnlyBeAccessedByLayers("app", "controller", "worker")
            .whereLayer("registry")
            .mayOnlyAccessLayers("budget", "destination")
            .whereLayer("budget")
            .mayOnlyBeAccessedByLayers("app", "controller", "cluster", "git", "registry", "worker")
            .whereLayer("pod")
            .mayOnlyBeAccessedByLayers("app", "controller", "cluster")
            .whereLayer("buildkit")
            .mayOnlyBeAccessedByLayers("app", "controller", "pod")
            .whereLayer("destination")
            .mayOnlyAccessLayers("core")
            .whereLayer("certificate")
            .mayOnlyBeAccessedByLayers("app")
            .whereLayer("certificate")
            .mayNotAccessAnyLayer()
            .whereLayer("report")
            .mayOnlyBeAccessedByLayers("app", "controller")
            .whereLayer("results")
            .mayOnlyBeAccessedByLayers("app", "web", "controller")
            .whereLayer("audit")
            .mayOnlyBeAccessedByLayers("web", "controller")
            .whereLayer("audit")
            .mayNotAccessAnyLayer()
            .whereLayer("api")
            .mayOnlyBeAccessedByLayers(
                    "app", "web", "controller", "results", "cluster", "pod", "buildkit", "report", "core");

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.hearth.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule controllersDoNotKnowEachOther = slices().matching("dev.hearth.controller.(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(
                    com.tngtech.archunit.base.DescribedPredicate.alwaysTrue(),
                    com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage("..controller.support"));

    @ArchTest
    static final ArchRule coreIsPure = classes()
            .that()
            .resideInAPackage("dev.hearth.core..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..", "dev.hearth.core..", "dev.hearth.api..", "org.jspecify..", "com.google.re2j..");

    @ArchTest
    static final ArchRule coreDoesNotReadTheClock = noClasses()
            .that()
            .resideInAPackage("dev.hearth.core..")
            .should()
            .callMethod(java.time.Instant.class, "now")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(java.time.Clock.class);

    @ArchTest
    static final ArchRule onlyClusterHasAClient = noClasses()
            .that()
            .resideOutsideOfPackage("dev.hearth.cluster..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(io.fabric8.kubernetes.client.KubernetesClient.class);

    /** Every other way to a Secret would forget to ask whether it allows the pipeline. */
    @ArchTest
    static final ArchRule secretsAreReadByConsent = noClasses()
            .that()
            .resideInAPackage("dev.hearth.controller..")
            .and()
            .doNotHaveSimpleName("AllowedSecrets")
            .and()
            .doNotHaveSimpleName("RunSecrets") // hides what pods that had consent may print
            .should()
            .callMethod(dev.hearth.cluster.Secrets.class, "find", String.class, String.class);

    @ArchTest
    static final ArchRule onlyGitUsesJGit = noClasses()
            .that()
            .resideOutsideOfPackage("dev.hearth.git..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.eclipse.jgit..");

    @ArchTest
    static final ArchRule onlyRegistryHasAnHttpClient = noClasses()
            .that()
            .resideOutsideOfPackage("dev.hearth.registry..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.net.http..");

    /** One resource with a field that this version does not know would otherwise stop a watch. */
    @ArchTest
    static final ArchRule unknownFieldsAreIgnored = classes()
            .that()
            .resideInAPackage("dev.hearth.api..")
            .and()
            .areRecords()
            .should()
            .beAnnotatedWith(JsonIgnoreProperties.class);

    @ArchTest
    static final ArchRule namesSayWhat = noClasses()
            .should()
            .haveNameMatching(".*(Utils?|Helper|Manager)")
            .orShould()
            .haveSimpleNameStartingWith("Base");

    @ArchTest
    static final ArchRule noStandardStreams = NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

    @ArchTest
    static final ArchRule noJavaUtilLogging = NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

    @ArchTest
    static final ArchRule noFieldInjection = NO_CLASSES_SHOULD_USE_FIELD_INJECTION;
}
