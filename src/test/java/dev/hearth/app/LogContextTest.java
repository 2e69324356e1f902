package dev.hearth.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.logging.Level;
import org.jboss.logmanager.ExtLogRecord;
import org.junit.jupiter.api.Test;

class LogContextTest {
    private static final Map<String, String> RECONCILED = Map.of(
            "resource.apiVersion",
            "hearth.dev/v1alpha1",
            "resource.kind",
            "PipelineRun",
            "resource.namespace",
            "ci",
            "resource.name",
            "hello-1",
            "resource.resourceVersion",
            "886",
            "resource.uid",
            "d6deb2ad",
            "eventsource.name",
            "ControllerResourceEventSource",
            "eventsource.event.action",
            "ADDED",
            "eventsource.event.resource.name",
            "another",
            "audit.action",
            "RunStarted");

    @Test
    void namesTheReconciledResourceInOneField() {
        var line = new ExtLogRecord(Level.INFO, "started", LogContextTest.class.getName());
        line.setMdc(RECONCILED);

        assertThat(new LogContext().isLoggable(line)).isTrue();

        assertThat(line.getMdcCopy())
                .isEqualTo(Map.of("resource", "PipelineRun ci/hello-1", "audit.action", "RunStarted"));
    }

    @Test
    void namesTheResourceOfAnEventWhereNothingIsReconciled() {
        assertThat(LogContext.shortened(Map.of(
                        "eventsource.event.resource.kind", "Pod",
                        "eventsource.event.resource.namespace", "ci",
                        "eventsource.event.resource.name", "hearth-hello-1-task-unit")))
                .isEqualTo(Map.of("resource", "Pod ci/hearth-hello-1-task-unit"));
    }

    @Test
    void namesAResourceWithoutANamespace() {
        assertThat(LogContext.shortened(Map.of("resource.name", "standard", "resource.namespace", "no namespace")))
                .isEqualTo(Map.of("resource", "standard"));
    }
}
