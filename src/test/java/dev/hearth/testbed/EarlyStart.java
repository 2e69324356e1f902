package dev.hearth.testbed;

import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/**
 * Starts the shared cluster in the background if a test needs it. It takes more than a minute, during which the tests that
 * need only an API server run.
 */
public final class EarlyStart implements TestExecutionListener {
    private static final String NEEDS_CLUSTER = "E2E";

    @Override
    public void testPlanExecutionStarted(TestPlan plan) {
        if (plan.getRoots().stream()
                .flatMap(root -> plan.getDescendants(root).stream())
                .anyMatch(EarlyStart::needsCluster)) {
            // What fails here fails again, and is reported, in each test that asks for the cluster.
            Thread.ofPlatform().daemon().name("early-start").start(HearthDeployment::shared);
        }
    }

    private static boolean needsCluster(TestIdentifier test) {
        return test.getSource()
                .filter(ClassSource.class::isInstance)
                .map(ClassSource.class::cast)
                .filter(source -> source.getClassName().endsWith(NEEDS_CLUSTER))
                .isPresent();
    }
}
