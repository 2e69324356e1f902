package dev.hearth.web;

import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.StepStatus;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.results.ResultStore;
import dev.hearth.results.RunId;
import dev.hearth.results.StoredItem;
import dev.hearth.web.RunResults.Item;
import dev.hearth.web.RunResults.StepResults;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What is kept of a run. Names of steps and files are query parameters: they have slashes and brackets, which proxies and
 * curl change in paths.
 */
@Path("/v1alpha1/namespaces/{" + ResultsResource.NAMESPACE + "}/runs/{" + ResultsResource.RUN + "}")
@RunOnVirtualThread
public class ResultsResource {
    static final String NAMESPACE = "namespace";
    static final String RUN = "run";

    /** The container of a step whose status names none, since it is a task. */
    private static final String TASK = "task";

    private static final String TEXT = "text/plain; charset=utf-8";

    private final ResultStore store;
    private final PipelineRunClient runs;

    public ResultsResource(ResultStore store, PipelineRunClient runs) {
        this.store = store;
        this.runs = runs;
    }

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public Response list(@PathParam(NAMESPACE) String namespace, @PathParam(RUN) String name) throws IOException {
        var found = runs.find(namespace, name);
        if (found.isEmpty()) {
            return noRun(namespace, name);
        }
        var run = RunId.of(found.get());
        var states = states(found.get());
        for (String step : store.steps(run)) {
            states.putIfAbsent(step, Optional.empty());
        }
        var steps = new ArrayList<StepResults>();
        for (var step : states.entrySet()) {
            steps.add(stepResults(run, step.getKey(), step.getValue()));
        }
        var note = store.isEmptied(run) ? "what was kept was removed to make room for newer runs" : null;
        return Response.ok(new RunResults(namespace, name, note, steps)).build();
    }

    /** A log of a step: without a name that of the container which is the step, in its last attempt. */
    @GET
    @Path("/log")
    public Response log(
            @PathParam(NAMESPACE) String namespace,
            @PathParam(RUN) String name,
            @QueryParam("step") @DefaultValue("") String step,
            @QueryParam("container") Optional<String> container) {
        var found = runs.find(namespace, name);
        if (found.isEmpty()) {
            return noRun(namespace, name);
        }
        var run = RunId.of(found.get());
        var log = container.orElseGet(() -> ownLog(found.get(), step));
        return nameable(step, log)
                .flatMap(_ -> store.log(run, step, log))
                .map(file -> Response.ok(file.toFile(), TEXT).build())
                .orElseGet(() -> HttpRefusal.notFound("no log of container '" + log + "' of step '" + step
                                + "' is kept: a log is there once its container has ended, and "
                                + place(namespace, name) + " lists all there are")
                        .response());
    }

    /** A file that a step reported. */
    @GET
    @Path("/file")
    public Response file(
            @PathParam(NAMESPACE) String namespace,
            @PathParam(RUN) String name,
            @QueryParam("step") @DefaultValue("") String step,
            @QueryParam("path") @DefaultValue("") String path) {
        var found = runs.find(namespace, name);
        if (found.isEmpty()) {
            return noRun(namespace, name);
        }
        return nameable(step, path)
                .flatMap(_ -> store.file(RunId.of(found.get()), step, path))
                .map(file -> Response.ok(file.toFile(), MediaType.APPLICATION_OCTET_STREAM)
                        .header("Content-Disposition", "attachment; filename*=UTF-8''" + encoded(last(path)))
                        .build())
                .orElseGet(() -> HttpRefusal.notFound("no file '" + path + "' of step '" + step + "' is kept: "
                                + place(namespace, name) + " lists all there are")
                        .response());
    }

    private StepResults stepResults(RunId run, String step, Optional<StepStatus> status) throws IOException {
        return new StepResults(
                step,
                status.map(it -> it.state().name()).orElse(null),
                items(store.logs(run, step), run, "/log?step=" + encoded(step) + "&container="),
                items(store.files(run, step), run, "/file?step=" + encoded(step) + "&path="));
    }

    private static List<Item> items(List<StoredItem> kept, RunId run, String how) {
        return kept.stream()
                .map(it ->
                        new Item(it.name(), it.bytes(), place(run.namespace(), run.name()) + how + encoded(it.name())))
                .toList();
    }

    private static Map<String, Optional<StepStatus>> states(PipelineRun run) {
        var states = new LinkedHashMap<String, Optional<StepStatus>>();
        steps(run).forEach(step -> states.put(step.name(), Optional.of(step)));
        return states;
    }

    private static List<StepStatus> steps(PipelineRun run) {
        return Optional.ofNullable(run.getStatus())
                .map(PipelineRunStatus::steps)
                .orElse(List.of());
    }

    /** That of the last attempt. */
    private static String ownLog(PipelineRun run, String step) {
        return steps(run).stream()
                .filter(it -> it.name().equals(step))
                .findFirst()
                .map(it -> StoredItem.log(Objects.requireNonNullElse(it.container(), TASK), it.attempt()))
                .orElse(TASK);
    }

    /** Whether the store can have something of these names. */
    private static Optional<String> nameable(String step, String name) {
        return Optional.of(name).filter(_ -> ResultStore.isName(step) && ResultStore.isName(name));
    }

    private static Response noRun(String namespace, String name) {
        return HttpRefusal.notFound("there is no run " + name + " in namespace " + namespace
                        + ", and what was kept of one that was deleted is gone with it")
                .response();
    }

    private static String place(String namespace, String run) {
        return "/v1alpha1/namespaces/" + namespace + "/runs/" + run;
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
