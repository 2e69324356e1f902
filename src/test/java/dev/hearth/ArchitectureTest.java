package dev.hearth;

import static com.tngtech.archunit.base.DescribedPredicate.anyElementThat;
import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noCodeUnits;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_FIELD_INJECTION;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.elements.ClassesShouldConjunction;
import dev.hearth.api.CachePolicyStatus;
import dev.hearth.api.Condition;
import dev.hearth.api.PreflightStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.api.StepStatusBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The shape of the code: which package may know which. */
@AnalyzeClasses(packages = "dev.hearth", importOptions = ArchitectureTest.WithoutTests.class)
class ArchitectureTest {
    private static final String ROOT = "dev.hearth.";
    private static final Pattern PACKAGE_NAME = Pattern.compile("\\{@code ([a-z.]+)}");

    /** Leaves out the test classes: everything compiled into the same folder as this class. */
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

    /** Each package-info.java names the packages that its package depends on: all of these, and no others. */
    @ArchTest
    static void packagesDependOnWhatTheirDocumentationSays(JavaClasses classes) {
        var mistakes = new ArrayList<String>();
        classes.stream()
                .collect(Collectors.groupingBy(
                        JavaClass::getPackageName,
                        TreeMap::new,
                        Collectors.flatMapping(ArchitectureTest::dependencies, Collectors.toCollection(TreeSet::new))))
                .forEach((name, used) -> {
                    var declared = declaredDependencies(name);
                    // What starts everything may know everything.
                    if (declared.isEmpty() && name.endsWith(".app")) {
                        return;
                    }
                    used.stream()
                            .filter(Predicate.not(declared::contains))
                            .forEach(other -> mistakes.add(name + " uses " + other + ", which it does not declare"));
                    declared.stream()
                            .filter(other ->
                                    !used.contains(other) && !sources(name).contains(other + "."))
                            .forEach(other -> mistakes.add(name + " declares " + other + ", which it does not use"));
                });
        assertThat(mistakes).isEmpty();
    }

    private static Stream<String> dependencies(JavaClass javaClass) {
        return javaClass.getDirectDependenciesFromSelf().stream()
                .map(dependency ->
                        dependency.getTargetClass().getBaseComponentType().getPackageName())
                .filter(name -> name.startsWith(ROOT) && !name.equals(javaClass.getPackageName()));
    }

    private static Set<String> declaredDependencies(String name) {
        var text = read(folder(name).resolve("package-info.java"));
        return PACKAGE_NAME
                .matcher(text.substring(Math.max(0, text.lastIndexOf("Depends on"))))
                .results()
                .map(found -> ROOT + found.group(1))
                .collect(Collectors.toSet());
    }

    private static String sources(String name) {
        try (var files = Files.list(folder(name))) {
            return files.filter(Files::isRegularFile)
                    .map(ArchitectureTest::read)
                    .collect(Collectors.joining());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path folder(String name) {
        return Path.of("src/main/java", name.split("\\."));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ArchTest
    static void simpleNamesAreUnique(JavaClasses classes) {
        var names = classes.stream()
                .filter(javaClass -> javaClass.isTopLevelClass()
                        && !javaClass.getSimpleName().equals("package-info"))
                .map(JavaClass::getSimpleName)
                .toList();
        assertThat(names).doesNotHaveDuplicates();
        assertThat(names)
                .as("names that differ from another by an s")
                .doesNotContainAnyElementsOf(
                        names.stream().map(name -> name + "s").toList());
    }

    @ArchTest
    static final ArchRule packagesHaveNoCycles =
            slices().matching("dev.hearth.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule controllersDoNotKnowEachOther = slices().matching("dev.hearth.controller.(*)..")
            .should()
            .notDependOnEachOther()
            .ignoreDependency(
                    com.tngtech.archunit.base.DescribedPredicate.alwaysTrue(),
                    JavaClass.Predicates.resideInAnyPackage(
                            "..controller.access",
                            "..controller.metrics",
                            "..controller.preflight",
                            "..controller.retention",
                            "..controller.support"));

    @ArchTest
    static final ArchRule coreIsPure = classes()
            .that()
            .resideInAPackage("dev.hearth.core..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "dev.hearth.core..",
                    "dev.hearth.api..",
                    "org.jspecify..",
                    "com.google.re2j..",
                    "com.cronutils..",
                    "io.soabase.recordbuilder.core..");

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
            .doNotHaveSimpleName("RunSecretValues") // hides what pods that had consent may print
            .should()
            .callMethod(dev.hearth.cluster.SecretReader.class, "find", String.class, String.class);

    @ArchTest
    static final ArchRule onlyGitUsesJGit = noClasses()
            .that()
            .resideOutsideOfPackage("dev.hearth.git..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.eclipse.jgit..");

    @ArchTest
    static final ArchRule onlyHttpAndForgeUseAnHttpClient = noClasses()
            .that()
            .resideOutsideOfPackages("dev.hearth.http..", "dev.hearth.forge..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.net.http..");

    /** Every other client would connect to addresses that pipelines must not reach. */
    @ArchTest
    static final ArchRule onlyHttpCreatesAnHttpClient = noClasses()
            .that()
            .resideOutsideOfPackage("dev.hearth.http..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(java.net.http.HttpClient.class);

    /** One resource with a field that this version does not know would otherwise stop a watch. */
    @ArchTest
    static final ArchRule unknownFieldsAreIgnored = classes()
            .that()
            .resideInAPackage("dev.hearth.api..")
            .and()
            .areRecords()
            .should()
            .beAnnotatedWith(JsonIgnoreProperties.class);

    /** Only these classes create these records, since they take a {@code Reason}: others could write any text as one. */
    @ArchTest
    static final ArchRule conditionsHaveAReason = onlyMakes(Condition.class, "ConditionFactory");

    @ArchTest
    static final ArchRule stepsHaveAReason = onlyMakes(StepStatus.class, StepStatusBuilder.class, "StepStatusFactory")
            .orShould()
            .callMethod(StepStatusBuilder.class, "builder")
            .orShould()
            .callMethod(StepStatusBuilder.class, "reason", String.class)
            .orShould()
            .callMethod(StepStatus.class, "withReason", String.class)
            .orShould()
            .callMethod(StepStatusBuilder.class, "state", StepStatus.State.class)
            .orShould()
            .callMethod(StepStatus.class, "withState", StepStatus.State.class)
            .orShould()
            .callMethod(StepStatusBuilder.class, "from", StepStatus.class);

    @ArchTest
    static final ArchRule preflightsHaveAReason = onlyMakes(PreflightStatus.class, "IsolationStatus");

    @ArchTest
    static final ArchRule evictionsHaveAReason = onlyMakes(CachePolicyStatus.Evicted.class, "PolicyStatusFactory");

    @ArchTest
    static final ArchRule candidatesHaveAReason = onlyMakes(CachePolicyStatus.Candidate.class, "PolicyStatusFactory");

    @ArchTest
    static final ArchRule eventsHaveAReason =
            onlyMakes(io.fabric8.kubernetes.api.model.EventBuilder.class, "EventRecorder");

    private static ArchRule onlyMakes(Class<?> made, String maker) {
        return onlyMakes(made, made, maker);
    }

    private static ClassesShouldConjunction onlyMakes(Class<?> made, Class<?> builder, String maker) {
        return noClasses()
                .that()
                .doNotHaveSimpleName(maker)
                .and()
                .doNotBelongToAnyOf(made, builder)
                .should()
                .callConstructorWhere(com.tngtech.archunit.core.domain.JavaCall.Predicates.target(
                        com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner(
                                com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo(made))));
    }

    /** A component of a record may be an Optional, because its accessor is a return. */
    @ArchTest
    static final ArchRule optionalsAreOnlyReturned = noCodeUnits()
            .that()
            .doNotHaveModifier(JavaModifier.SYNTHETIC) // lambdas
            .and(describe("are not generated", unit -> !isGenerated(unit.getOwner())))
            .and(describe("do not take the components of a record", unit -> !isCanonicalConstructor(unit)))
            .should()
            .haveRawParameterTypes(anyElementThat(equivalentTo(Optional.class)))
            .because("a caller passes null or calls an overload, and does not wrap what it has");

    private static boolean isGenerated(JavaClass javaClass) {
        return javaClass.isAnnotatedWith("io.soabase.recordbuilder.core.RecordBuilderGenerated")
                || javaClass
                        .getEnclosingClass()
                        .map(ArchitectureTest::isGenerated)
                        .orElse(false);
    }

    private static boolean isCanonicalConstructor(JavaCodeUnit unit) {
        return unit.isConstructor()
                && unit.getOwner().isRecord()
                && unit.getRawParameterTypes().size()
                        == unit.getOwner().getFields().stream()
                                .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                                .count();
    }

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
