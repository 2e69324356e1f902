package dev.hearth.controller.pipeline;

import dev.hearth.api.Pipeline;
import dev.hearth.api.PipelineRun;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.RunApproval;
import dev.hearth.api.RunTrigger;
import dev.hearth.cluster.ApiRejection;
import dev.hearth.cluster.PipelineRunClient;
import dev.hearth.controller.access.ForgeAccess;
import dev.hearth.controller.access.RepositoryOpener.Problem;
import dev.hearth.controller.support.ResourceName;
import dev.hearth.core.forge.ButtonTargets;
import dev.hearth.core.trigger.ButtonPress;
import dev.hearth.core.trigger.ButtonPress.Button;
import dev.hearth.forge.Account;
import dev.hearth.forge.ForgeException;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Carries out what buttons of check runs ask for. The delivery proves who has pressed one; whether they may write the
 * repository is asked of the forge. Runs note the number of a press, so that a delivery that comes again changes nothing.
 */
@ApplicationScoped
public class PressedButtons {
    private static final Logger LOG = Logger.getLogger(PressedButtons.class);

    /** Presses of one look. Each asks the forge once. */
    private static final int MOST = 20;

    private final ForgeAccess forges;
    private final PipelineRunClient runs;

    public PressedButtons(ForgeAccess forges, PipelineRunClient runs) {
        this.forges = forges;
        this.runs = runs;
    }

    /**
     * Carries out presses, and says what they have led to. One that fails can be pressed again.
     *
     * @param listing of the refs; null if they cannot be listed
     */
    String carryOut(
            Pipeline pipeline, Collection<PipelineRun> known, List<ButtonPress> presses, @Nullable RefListing listing) {
        return presses.stream()
                .distinct()
                .limit(MOST)
                .map(press -> carryOut(pipeline, known, press, listing))
                .distinct()
                .collect(Collectors.joining("; "));
    }

    private String carryOut(
            Pipeline pipeline, Collection<PipelineRun> known, ButtonPress press, @Nullable RefListing listing) {
        var user = new Account(press.user(), press.account());
        var targets = ButtonTargets.of(press, known, listing == null ? null : listing.commits());
        if (targets.isEmpty()) {
            return "the button of " + user.shownName() + " is for no run now";
        }
        if (press.button().startsRun()) {
            if (pipeline.getSpec().suspends()) {
                return "the button of " + user.shownName() + " starts no run: spec.suspend of the pipeline is true";
            }
            if (listing == null) {
                return failed("the refs cannot be listed");
            }
        }
        try {
            boolean mayWrite = forges.open(pipeline).call(forge -> forge.mayWrite(user));
            if (!mayWrite) {
                return user.shownName() + " has pressed a button, and may not write the repository";
            }
            var note = Map.of(press.button().annotation(), String.valueOf(press.number()));
            for (PipelineRun run : targets) {
                LOG.infof("%s: button %s of %s", ResourceName.of(run), press.button(), user.shownName());
                carryOut(pipeline, run, press.button(), user, note);
            }
            return switch (press.button()) {
                case Approve -> user.shownName() + " has approved " + names(targets);
                case RunAgain, RunAllAgain -> user.shownName() + " has run again " + names(targets);
            };
        } catch (Problem e) {
            return failed(e.statusReason().message());
        } catch (ForgeException e) {
            return failed(ForgeAccess.statusReason(e).message());
        } catch (KubernetesClientException e) {
            return failed(ApiRejection.statusReason(e).message());
        }
    }

    private void carryOut(Pipeline pipeline, PipelineRun run, Button button, Account user, Map<String, String> note) {
        switch (button) {
            case Approve -> {
                var digest = digest(RunOutcomeReader.status(run));
                runs.approve(run, new RunApproval(commit(run), digest, user.shownName()), note);
            }
            case RunAgain, RunAllAgain -> {
                var _ = runs.create(TriggeredRun.again(pipeline, run, RunTrigger.Button, note));
                runs.annotate(run, note);
            }
        }
    }

    private static @Nullable String digest(PipelineRunStatus status) {
        return status.approval() == null ? null : status.approval().digest();
    }

    private static String commit(PipelineRun run) {
        return Optional.ofNullable(run.getSpec().commit()).orElseThrow();
    }

    private static String names(List<PipelineRun> targets) {
        return targets.stream().map(PipelineRun::name).collect(Collectors.joining(", "));
    }

    private static String failed(String why) {
        return "the button was not carried out, press it again: " + why;
    }
}
