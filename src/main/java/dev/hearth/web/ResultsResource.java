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
import org.jspecify.annotations.Nullable;

/**
 * Serves the stored results of a run. Names of steps and files are query parameters, because they have slashes and
 * brackets, which proxies and curl change in paths.
 */
@Path("/v1alpha1/namespaces/{" + ResultsResource.NAMESPACE + "}/runs/{" + ResultsResource.RUN + "}")
@RunOnVirtualThread
public class ResultsResource {
    static final String NAMESPACE = "namespace";
    static final String RUN = "run";

    /** The container of a step whose status names none: a task. */
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
            steps.add(stepResults(run, step.getKey(), step.getValue().orElse(null)));
        }
        var note = store.isEmptied(run) ? "the results were deleted to make room for those of newer runs" : null;
        return Response.ok(new RunResults(namespace, name, note, steps)).build();
    }

    /** Returns a log of a step. Without a container, it is that of the step's own container in its last attempt. */
    @GET
    @Path("/log")
    public Response log(
            @PathParam(NAMESPACE) String namespace,
            @PathParam(RUN) String name,
            @QueryParam("step") @DefaultValue("") String step,
            @QueryParam("container") @Nullable String container) {
        var found = runs.find(namespace, name);
        if (found.isEmpty()) {
            return noRun(namespace, name);
        }
        var run = RunId.of(found.get());
        var log = container == null ? ownLog(found.get(), step) : container;
        return valid(step, log)
                .flatMap(_ -> store.log(run, step, log))
                .map(file -> Response.ok(file.toFile(), TEXT).build())
                .orElseGet(() -> HttpRefusal.notFound("there is no log of container '" + log + "' of step '" + step
                                + "': a log is stored when its container has ended, and "
                                + path(namespace, name) + " lists all logs")
                        .response());
    }

    /** Returns a report file of a step. */
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
        return valid(step, path)
                .flatMap(_ -> store.file(RunId.of(found.get()), step, path))
                .map(file -> Response.ok(file.toFile(), MediaType.APPLICATION_OCTET_STREAM)
                        .header("Content-Disposition", "attachment; filename*=UTF-8''" + encoded(last(path)))
                        .build())
                .orElseGet(() -> HttpRefusal.notFound("there is no file '" + path + "' of step '" + step + "': "
                                + path(namespace, name) + " lists all files")
                        .response());
    }

    private StepResults stepResults(RunId run, String step, @Nullable StepStatus status) throws IOException {
        return new StepResults(
                step,
                status == null ? null : status.state().name(),
                items(store.logs(run, step), run, "/log?step=" + encoded(step) + "&container="),
                items(store.files(run, step), run, "/file?step=" + encoded(step) + "&path="));
    }

    private static List<Item> items(List<StoredItem> stored, RunId run, String query) {
        return stored.stream()
                .map(it ->
                        new Item(it.name(), it.bytes(), path(run.namespace(), run.name()) + query + encoded(it.name())))
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

    /** Returns the name of the log of a step's own container in its last attempt. */
    private static String ownLog(PipelineRun run, String step) {
        return steps(run).stream()
                .filter(it -> it.name().equals(step))
                .findFirst()
                .map(it -> StoredItem.log(Objects.requireNonNullElse(it.container(), TASK), it.attempt()))
                .orElse(TASK);
    }

    /** Returns the name of an item if the names of item and step are valid in the result store. */
    private static Optional<String> valid(String step, String name) {
        return Optional.of(name).filter(_ -> ResultStore.isName(step) && ResultStore.isName(name));
    }

    private static Response noRun(String namespace, String name) {
        return HttpRefusal.notFound("there is no run " + name + " in namespace " + namespace
                        + ": the results of a deleted run are deleted with it")
                .response();
    }

    private static String path(String namespace, String run) {
        return "/v1alpha1/namespaces/" + namespace + "/runs/" + run;
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
