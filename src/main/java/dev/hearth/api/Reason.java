package dev.hearth.api;

import static dev.hearth.api.Reason.Place.EVENT;
import static dev.hearth.api.Reason.Place.EVICTION;
import static dev.hearth.api.Reason.Place.PIPELINE;
import static dev.hearth.api.Reason.Place.PIPELINE_DEGRADED;
import static dev.hearth.api.Reason.Place.PIPELINE_TOKEN;
import static dev.hearth.api.Reason.Place.POLICY;
import static dev.hearth.api.Reason.Place.POLICY_CLOCK;
import static dev.hearth.api.Reason.Place.PREFLIGHT;
import static dev.hearth.api.Reason.Place.RUN;
import static dev.hearth.api.Reason.Place.RUN_CACHE;
import static dev.hearth.api.Reason.Place.RUN_REGRESSION;
import static dev.hearth.api.Reason.Place.RUN_USERS;
import static dev.hearth.api.Reason.Place.SCOPE;
import static dev.hearth.api.Reason.Place.SCOPE_ISOLATION;
import static dev.hearth.api.Reason.Place.SCOPE_NETWORK;
import static dev.hearth.api.Reason.Place.STEP;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Every reason that Hearth writes to a status or an event. The names are API. A status has them as strings, so that an
 * object with the reason of another version can still be read: {@link #parse} reads them.
 */
public enum Reason {
    // Any object
    Unreadable(
            "The object has fields that its schema does not allow. Nothing is done for it.",
            "Correct the fields that the message names.",
            PIPELINE,
            RUN,
            SCOPE,
            POLICY,
            EVENT),
    InternalError(
            "Hearth met an error that it did not expect.",
            "Read the operator's log. Report the error if it persists.",
            PIPELINE,
            PIPELINE_DEGRADED,
            RUN),
    QuotaExceeded(
            "A ResourceQuota of the namespace is used up.",
            "Raise the quota, or wait for other pods to end.",
            PIPELINE_DEGRADED,
            PREFLIGHT),
    Forbidden(
            "The API server does not allow Hearth to create an object.",
            "Check the operator's RBAC rules and the admission policies that the message names.",
            PIPELINE_DEGRADED,
            RUN),
    Conflict(
            "Another client changed the object at the same time.",
            "Nothing: Hearth tries again. If it persists, find out which other client writes the" + " object.",
            PIPELINE_DEGRADED),
    Invalid(
            "The API server refuses an object of Hearth as invalid.",
            "Correct what the message names.",
            PIPELINE_DEGRADED,
            RUN),
    ApiServerUnavailable(
            "The API server did not answer, or answered with an error of its own.",
            "Nothing: Hearth tries again. If it persists, check the API server.",
            PIPELINE_DEGRADED,
            RUN),
    NameConflict(
            "An object that Hearth did not create has a name that Hearth needs.",
            "Delete or rename the object that the message names.",
            PIPELINE,
            PIPELINE_DEGRADED,
            PREFLIGHT),
    Unrecognized(
            "Another version of Hearth wrote a reason that this version does not know. The message is" + " unchanged.",
            "Nothing: the next change of the status replaces it.",
            RUN_USERS,
            SCOPE,
            STEP),

    // Pipeline
    ListingRefs("The refs of the repository are being listed.", "Wait.", PIPELINE),
    RefsListed("The refs of the repository are listed, and runs start when they move.", "Nothing.", PIPELINE),
    Suspended(
            "spec.suspend is true: no runs are started.",
            "Read status.preview. Set spec.suspend to false to start the runs that it lists.",
            PIPELINE),
    InvalidTasks("spec.tasks is invalid.", "Correct what the message names.", PIPELINE, RUN),
    InvalidPattern(
            "A pattern in the spec cannot be read.", "Correct the pattern that the message names.", PIPELINE, RUN),
    DependencyCycle("Tasks need each other in a cycle.", "Remove one of the needs in the cycle.", PIPELINE, RUN),
    SpecTooLarge(
            "The spec is larger than the copy that every run keeps, or the requests of its builds do not fit into an annotation of their pod.",
            "Move long scripts into the repository or an image, shorten build arguments, or split the pipeline.",
            PIPELINE,
            RUN),
    TooManyBuilds(
            "The builds have too many variants and platforms for one run.",
            "Remove variants or platforms, or split the pipeline.",
            PIPELINE,
            RUN),
    BranchNotFound(
            "spec.triggers.branches names a branch that the repository does not have.",
            "Correct the name, or push the branch.",
            PIPELINE),
    TooManyRuns(
            "The pipeline has the maximum number of unfinished runs. Further refs that moved wait.",
            "Wait for runs to finish, or cancel some.",
            PIPELINE_DEGRADED),
    RepositoryNotFound(
            "The server has no such repository, or does not show it with these credentials.",
            "Check spec.source.url and the credentials.",
            PIPELINE,
            RUN),
    AuthenticationFailed(
            "The server of the repository refused the credentials, or requires some.",
            "Check the Secret that spec.source.credentials names.",
            PIPELINE,
            RUN),
    HostKeyRejected(
            "The server of the repository has shown an SSH host key that the Secret does not allow.",
            "Compare the fingerprint in the message with the one that the server's owner publishes. If they are equal, put"
                    + " the new key into known_hosts of the Secret that spec.source.credentials names.",
            PIPELINE,
            RUN),
    RepositoryUnreachable(
            "The server of the repository does not answer. Hearth tries again.",
            "Check the host in spec.source.url, the cluster's DNS and its network policies.",
            PIPELINE,
            RUN,
            STEP),
    OperatorBusy(
            "The operator already reads as many repositories as its memory allows at the same time."
                    + " Hearth tries again.",
            "Wait. If it happens often, raise the operator's memory limit.",
            PIPELINE,
            RUN),
    ResponseTooLarge(
            "The answer of the git server is larger than the operator's limit.",
            "Raise responses.refs and resources.limits.memory of the chart, or responses.largest.",
            PIPELINE,
            RUN),
    RepositoryInvalid(
            "What the server sends cannot be read as a Git repository.",
            "Correct what the message names, most often spec.source.url.",
            PIPELINE,
            RUN),
    DefinitionNotFound(
            "The commit has no file at spec.definition.path of the Pipeline, or something else than a file is there.",
            "Add the file to the branch, or correct the path.",
            RUN),
    DefinitionInvalid(
            "The file of the repository with the builds and tasks has a mistake, or names more than the Pipeline allows.",
            "Correct the line that the message names, and push.",
            RUN),
    ApprovalRequired(
            "The pull request can have commits of somebody who may not write the repository. The run waits for an approval.",
            "Read the change. Then comment at the pull request what the message says, or set spec.approval of the run.",
            RUN),
    PullRequestClosed(
            "The pull request was closed while its run waited, for an approval or for a change of the pull request.",
            "Nothing. If it is opened again within a day, it gets another run.",
            RUN),
    StrangerIgnored(
            "The pull request can have commits of somebody who may not write the repository, and the pipeline ignores those.",
            "Nothing, or set spec.triggers.pullRequests.strangers of the Pipeline to Approve.",
            RUN),
    SkippedPaths(
            "The commit changes no file that matters to the pipeline, so nothing was run. It counts as a success.",
            "Nothing. To run it all the same, create a PipelineRun of the commit, or correct onlyPaths and ignorePaths of"
                    + " spec.triggers.",
            RUN),
    SkippedMessage(
            "The commit's message asks to skip it, so nothing was run. It counts as a success.",
            "Nothing. To run it all the same, create a PipelineRun of the commit.",
            RUN),
    PullRequestDraft(
            "The pull request is a draft. Its run waits.", "Mark the pull request as ready. Then it runs.", RUN),
    SkippedLabels(
            "The labels of the pull request say that it is not run. It counts as a success.",
            "Add or remove the label that the message names. Then it runs.",
            RUN),
    CheckingChanges(
            "Hearth finds out whether the commit needs a run.", "Wait. If it persists, read the operator's log.", RUN),
    CheckingAuthor(
            "Hearth asks the forge who has made the pull request.",
            "Wait. If it persists, read the condition Degraded of the Pipeline.",
            RUN),
    ForgeUnavailable(
            "The API of the forge does not answer, or answers with an error of its own. Hearth tries again.",
            "Check spec.forge.url, the cluster's DNS and its network policies, and the forge.",
            PIPELINE_DEGRADED,
            RUN),
    ResultsInComments(
            "The token may not write commit statuses. Each pull request shows its result in one comment instead.",
            "Give the token the permission that the message names: a branch can require a status, and no comment.",
            PIPELINE_DEGRADED),
    ForgeDenied(
            "The forge does not accept the token, or the token may not write commit statuses of the repository.",
            "Create a token with the permission that the message names, and put it into the Secret.",
            PIPELINE_DEGRADED,
            RUN),
    ForgeRateLimited(
            "The forge limits how many requests the token may send. Hearth waits as long as the forge says.",
            "Nothing. If it persists, use a token of its own for this pipeline.",
            PIPELINE_DEGRADED,
            RUN),
    ForgeRefused(
            "The forge refuses a commit status.",
            "Correct what the message names. Other commits are reported.",
            PIPELINE_DEGRADED),
    ForgeNotFound(
            "The forge has no such repository, or does not show it to the token.",
            "Check spec.forge.url, spec.forge.repository and the token's access.",
            PIPELINE_DEGRADED,
            RUN),
    TokenExpires(
            "The token of the forge expires within two weeks.",
            "Create another token and put it into the Secret.",
            PIPELINE_TOKEN),
    InvalidSchedule("A schedule cannot be read.", "Correct the field that the message names.", PIPELINE_DEGRADED),
    AddressNotAllowed(
            "spec.source.url names a host that pipelines must not reach.",
            "Use a host that pods of the cluster can reach.",
            PIPELINE,
            RUN),
    SecretNotAllowed(
            "The Secret does not exist, or does not allow this pipeline to use it.",
            "Annotate the Secret as the message says.",
            PIPELINE,
            RUN,
            STEP),
    SecretNotFound("The Secret does not exist.", "Create the Secret in the pipeline's namespace.", PIPELINE, RUN, STEP),
    SecretInvalid(
            "The Secret lacks a required key, or has one that cannot be used.",
            "Correct the key that the message names.",
            PIPELINE,
            RUN,
            STEP),
    PlainHttpNotAllowed(
            "Credentials would be sent over plain HTTP.",
            "Use an https URL, or set spec.source.allowPlainHttp.",
            PIPELINE,
            RUN),
    PodNotAllowed(
            "A task or build asks for something that the administrator does not allow its pods.",
            "Remove the field that the message names, or ask the administrator to allow it.",
            PIPELINE,
            STEP),

    // PipelineRun
    ConcurrencyLimited(
            "The maximum number of runs, tasks or matrix cells is active.",
            "Wait, or raise the limit that the message names.",
            RUN,
            STEP),
    PipelineNotFound(
            "spec.pipeline names a Pipeline that does not exist.", "Create the Pipeline, or correct the name.", RUN),
    PipelineUnreadable(
            "The Pipeline has fields that its schema does not allow.",
            "Correct the Pipeline. Its own status names the fields.",
            RUN),
    ResolvingCommit("The operator looks up the commit of the run.", "Wait.", RUN),
    CommitResolved("The commit of the run is known, and its steps start.", "Wait.", RUN),
    RefNotFound(
            "The repository does not have the ref of the run.", "Correct spec.ref, or push the ref.", PIPELINE, RUN),
    CommitNotOnRef(
            "The commit that the run asks for is not on its ref.",
            "Ask for a commit of the ref. If the ref was rewritten, start a run of its new commit.",
            RUN),
    Pending("The run waits for its first step.", "Wait.", RUN),
    Running("Steps of the run are running.", "Wait.", RUN),
    StepFailed(
            "A step failed. Steps that do not need it still run.",
            "Read the message and log of the step that the message names.",
            RUN),
    Succeeded("All steps succeeded, or their failures are ignored.", "Nothing.", RUN, EVENT),
    Failed("A step failed without a reason of its own.", "Read the message and log of the step.", RUN, EVENT),
    Cancelled("spec.cancel of the run was set.", "Nothing.", RUN, STEP, EVENT),
    Started("The run has started.", "Nothing.", EVENT),
    CacheMissOnRerun(
            "Build steps ran although the same commit was built with this cache before.",
            "Look for steps whose inputs change with each build, such as a COPY of a generated file or a build argument with the"
                    + " time.",
            RUN_REGRESSION),

    // Steps that wait
    WaitingForDependencies("The step waits for the steps that it needs.", "Wait.", STEP),
    WaitingForBuilds(
            "The build waits for other builds of its platform, whose pod uses the cache volume.", "Wait.", STEP),
    VolumeInUse("Another run uses the cache volume of this ref and platform.", "Wait.", STEP),
    PreparingVolume(
            "The cache volume is being prepared.",
            "Wait. If it persists, check the conditions of the CacheScope.",
            STEP),
    Starting("The pod of the step is starting.", "Wait. If it persists, check the events of the pod.", STEP, PREFLIGHT),
    RestoringCaches("The task caches are copied into the pod.", "Wait.", STEP),
    ReusingArtifact("The step reuses the artifact of an earlier run.", "Wait.", STEP),
    Retrying("The step failed and is tried again.", "Wait. The message has the failure.", STEP),
    ObservationFailed(
            "Hearth cannot read the state of the step. Hearth tries again.",
            "Read the message. If it persists, read the operator's log.",
            STEP),
    CheckingUserNamespaces(
            "A preflight finds out whether pods of this namespace can have a user namespace.",
            "Wait for the check.",
            STEP),
    Unschedulable(
            "No node can run the pod.",
            "Lower requests, correct node selectors and tolerations, or add nodes.",
            STEP,
            PREFLIGHT),
    ImagePullFailed(
            "The image cannot be pulled.",
            "Check the name of the image, and that the node can pull it.",
            STEP,
            PREFLIGHT),
    CreationRejected(
            "The API server refuses an object that the step needs, such as its pod.",
            "Correct what the message names: a quota, an admission policy, or a field of the task.",
            STEP,
            PREFLIGHT),
    ServiceNotReady(
            "A service of the task is not ready, or exited before it was ready.",
            "Read the end of its log in the message, and check ready of the service.",
            STEP),
    DaemonFailed("BuildKit does not keep running.", "Read the message, which has the last output of BuildKit.", STEP),
    CreateContainerConfigError(
            "A container names something that does not exist, such as a key of a Secret.",
            "Create what the message names.",
            STEP,
            PREFLIGHT),
    CreateContainerError("The kubelet cannot create a container.", "Correct what the message names.", STEP, PREFLIGHT),
    RunContainerError("The kubelet cannot start a container.", "Correct what the message names.", STEP, PREFLIGHT),
    ContainerNotStarted(
            "A container does not start. The message begins with the kubelet's own reason.",
            "Look up that reason in the documentation of Kubernetes, and check the events of the pod.",
            STEP,
            PREFLIGHT),

    // Steps that ended without an error
    ArtifactReused("The artifact of an earlier run was reused.", "Nothing.", STEP),
    TakenOver(
            "The step was taken over from a run of the merge queue, which ran it at the same commit.",
            "Nothing. To run steps after a merge as well, set artifacts.reuse to false.",
            STEP),
    NotPushed("The image was built and not pushed.", "Add the ref to push.refs if its images should be pushed.", STEP),
    SucceededWithWarning("The step succeeded, and the message has a warning.", "Read the message.", STEP),

    // Steps that failed: the command
    TaskFailed("The command of the task failed.", "Read the log of the task.", STEP),
    BuildFailed("A step of the Dockerfile failed.", "Read the log of the build.", STEP),
    ArtifactMissing(
            "The step produced no files for its artifact.",
            "Correct artifact.path, or what the step writes there.",
            STEP),
    ArtifactUnreadable(
            "The artifact has files that cannot be read, or its path contains a link.",
            "Make the files readable, and name a path without links.",
            STEP),
    ListFileNotFound(
            "The artifact does not have the file that matrix.from or testList names.",
            "Correct the path, or the task that writes the file.",
            STEP),
    ListFileInvalid(
            "The file that matrix.from or testList names cannot be used.",
            "Correct the task that writes the file.",
            STEP),
    DockerfileNotFound("The repository does not have the Dockerfile.", "Correct dockerfile of the build.", STEP),
    TargetNotFound("The Dockerfile has no stage of this name.", "Correct target of the build.", STEP),
    BaseImageUnavailable(
            "An image that the Dockerfile names cannot be read.",
            "Check its name, and that it can be read without credentials.",
            STEP),
    SourceFetchFailed(
            "The commit cannot be fetched.",
            "Read the message. Check that the repository can be read, with the Secret if it needs one, and that the server"
                    + " allows to fetch commits by their id.",
            STEP),
    RegistryUnavailable(
            "A registry did not answer, or with an error of its own. The step is tried again.",
            "Check the name of the registry, the registry itself, the cluster's DNS and its network policies.",
            STEP),
    ArtifactFetchFailed(
            "An artifact of an earlier step cannot be fetched.",
            "Check the registry of spec.artifacts and its credentials.",
            STEP),
    PushFailed("The image cannot be pushed.", "Check the repository, and that the credentials may push there.", STEP),
    PublishFailed(
            "The artifact cannot be pushed.",
            "Check spec.artifacts.repository, and that the credentials may push there.",
            STEP),
    ImageNotPushed(
            "imageFrom names an image that this run did not push.", "Add the ref to push.refs of the build.", STEP),
    UntrustedImageName(
            "In a run of an untrusted ref, an author outside of the project decides the name of an image.",
            "List the images in matrix.axes or matrix.include.",
            STEP),
    ContainerStartFailed(
            "The command of the container cannot be started.", "Check the command, and that the image has it.", STEP),
    OutOfMemory("A container used more memory than its limit.", "Raise resources.limits.memory.", STEP, PREFLIGHT),
    OutOfSpace("A file system is full.", "Raise the size of the cache volume, or write less.", STEP, PREFLIGHT),
    TimedOut("The step reached its timeout.", "Raise timeout of the task, or make the task faster.", STEP),
    BuildTimedOut("The build reached its timeout.", "Raise timeout of the build, or make the build faster.", STEP),
    RunTimedOut("The run reached spec.timeout of its pipeline.", "Raise spec.timeout.", STEP),
    DependencyFailed(
            "A step that this one needs failed, was skipped or was cancelled.", "Correct the other step.", STEP),
    FailFast(
            "Another cell of the matrix failed, and the matrix has failFast.",
            "Correct the cell that failed, or set failFast to false.",
            STEP),

    // Steps that failed: the infrastructure
    PodLost(
            "The pod of the step does not exist any more.",
            "Nothing if the step was retried. Otherwise check the node.",
            STEP),
    PodDeleted("The pod was deleted while its step ran.", "Find out which client deletes pods of runs.", STEP),
    PodFailed(
            "The cluster ended the pod. The message begins with the cluster's own reason.",
            "Look up that reason in the documentation of Kubernetes.",
            STEP,
            PREFLIGHT),
    Evicted(
            "The node was low on a resource and ended the pod.",
            "Set requests to what the step needs.",
            STEP,
            PREFLIGHT),
    Preempted(
            "A pod of a higher priority took the place of this one.",
            "Add capacity to the node pool.",
            STEP,
            PREFLIGHT),
    NodeLost("The node of the pod was removed or does not answer.", "Check the node.", STEP, PREFLIGHT),
    NodeShutdown("The node of the pod was shut down.", "Nothing, if it was planned.", STEP, PREFLIGHT),
    NodeRejected(
            "The node did not admit the pod. The message begins with the kubelet's own reason.",
            "Nothing if the step was retried. Otherwise check what else runs on the node.",
            STEP,
            PREFLIGHT),
    NodeOutOfMemory(
            "The node had no memory left.", "Set a memory request and limit for the container.", STEP, PREFLIGHT),
    DaemonLost(
            "BuildKit ended while the build ran.", "Nothing if the step was retried. Otherwise check the node.", STEP),
    OverlayUnsupported(
            "The storage of the cache volume cannot hold overlay mounts.",
            "Use a StorageClass with a file system such as ext4 or xfs.",
            STEP),
    PublicationLost("The artifact or image was pushed, and its digest is unknown.", "Start the run again.", STEP),
    ArtifactNotRead("The pod ended before the artifact was read.", "Start the run again.", STEP),
    ReportsLost("The pod ended before its reports and artifact were collected.", "Start the run again.", STEP),
    ArtifactLost(
            "The volume with an artifact of this run was deleted before the step could use it.",
            "Start the run again.",
            STEP),
    ReusedArtifactLost(
            "The artifact of the earlier run was deleted before it was reused.", "Start the run again.", STEP),

    // Caches of steps: reasons that the scripts in build pods report
    VolumeFull(
            "The build needs more space than its cache volume has.",
            "Raise storage.size of the CachePolicy.",
            STEP,
            RUN_CACHE),
    StorageFull(
            "The storage under the cache volume is full.",
            "Free space on the storage, or use another StorageClass.",
            STEP,
            RUN_CACHE),
    VolumeLost(
            "The volume claim was deleted, or its storage is lost. The next run starts with an empty cache.",
            "Find out which client deletes volume claims of caches.",
            STEP,
            RUN_CACHE,
            EVENT),
    CacheBroken(
            "The content of the cache was damaged. It was repaired or discarded.",
            "Check the storage.",
            STEP,
            RUN_CACHE),
    SeedUnusable(
            "The cache that the build should start from could not be read.", "Check the storage.", STEP, RUN_CACHE),
    ImportFailed("An exported cache could not be imported.", "Check the storage.", STEP, RUN_CACHE),
    DaemonKilled(
            "BuildKit was killed while it worked. Its cache was checked.",
            "Check the memory limit of the build.",
            STEP,
            RUN_CACHE),
    NotSealed("The run sealed no generation of its cache for other refs.", "Read the message.", STEP, RUN_CACHE),

    // User namespaces of tasks
    UserNamespacesUsed("Pods of tasks have a user namespace of their own.", "Nothing.", RUN_USERS),
    UserNamespacesDisabled("userNamespaces is Never.", "Nothing, or set userNamespaces to Auto.", RUN_USERS),
    UserNamespacesUnsupported(
            "A preflight showed that pods cannot have a user namespace.",
            "Use nodes with Kubernetes 1.33, containerd 2 and runc 1.2, and let admission allow" + " hostUsers: false.",
            RUN_USERS,
            PREFLIGHT),
    UserNamespacesUnchecked(
            "The preflight could not find out whether pods can have a user namespace.",
            "Read the message. Later task pods repeat the preflight.",
            RUN_USERS),
    VolumeSupportUnknown(
            "Pods with a volume claim have no user namespace, because it is not known whether the file"
                    + " system supports it.",
            "Set userNamespaces to Always if it does.",
            RUN_USERS),
    RuntimeSupportUnknown(
            "Pods with a runtimeClassName have no user namespace, because only the default runtime is" + " checked.",
            "Set userNamespaces to Always if the runtime supports it.",
            RUN_USERS),
    UserIdTooHigh("A user above 65535 does not exist in a user namespace.", "Choose a lower user.", RUN_USERS),
    UserNamespaceRequired(
            "Pods must have a user namespace, which is not possible.",
            "Make user namespaces possible on the nodes, or set userNamespaces to Auto.",
            RUN_USERS,
            STEP),

    // CacheScope
    VolumesReady("The cache volumes are ready.", "Nothing.", SCOPE),
    CheckingIsolation("A preflight finds out which isolation this namespace supports.", "Wait.", SCOPE, STEP),
    IsolationFound("The isolation of builds is known, or has changed.", "Nothing.", EVENT),
    IsolationUnavailable(
            "Builds cannot run in this namespace with any allowed isolation.",
            "Make an isolation that the message names possible, or allow a weaker one.",
            SCOPE,
            PREFLIGHT,
            STEP,
            EVENT),
    PodSecurityViolation(
            "The Pod Security level of the namespace does not admit build pods.",
            "Label the namespace pod-security.kubernetes.io/enforce=privileged.",
            SCOPE,
            PREFLIGHT,
            STEP,
            EVENT),
    PreflightFailed("The preflight pod ran but could not build.", "Read the message.", PREFLIGHT),
    PreflightTimedOut(
            "The preflight pod took too long. Hearth tries again.", "Check the load of the nodes.", PREFLIGHT),
    PreflightLost(
            "The preflight pod was deleted. Hearth tries again.", "Find out which client deletes pods.", PREFLIGHT),
    CheckFailed(
            "A preflight could not be carried out. Hearth tries again.", "Read the message.", SCOPE_NETWORK, RUN_USERS),
    UserNamespacePossible("Builds can run in a user namespace.", "Nothing.", PREFLIGHT),
    RootlessPossible("Builds can run without root.", "Nothing.", PREFLIGHT),
    PrivilegedPossible("Builds can run privileged.", "Nothing.", PREFLIGHT),
    UserNamespace("Builds run in a user namespace.", "Nothing.", SCOPE_ISOLATION),
    Rootless("Builds run without root.", "Make user namespaces possible for a stronger isolation.", SCOPE_ISOLATION),
    Privileged(
            "Builds are root on their node.",
            "Make user namespaces or rootless builds possible for a stronger isolation.",
            SCOPE_ISOLATION),
    NetworkPoliciesEnforced("The cluster enforces network policies.", "Nothing.", SCOPE_NETWORK),
    NetworkPoliciesNotEnforced(
            "The cluster does not enforce network policies.",
            "Use a network plugin that does, such as Calico or Cilium, or run only code that you trust.",
            SCOPE_NETWORK),
    ScopeUnreadable(
            "The CacheScope of the run has fields that its schema does not allow.", "Correct the CacheScope.", STEP),
    SnapshotFailed("A VolumeSnapshot could not be created.", "Check the driver of the VolumeSnapshotClass.", EVENT),
    SnapshotRestoreFailed(
            "A volume was not created from its snapshot in time. Another seed is used.",
            "Check the driver of the StorageClass.",
            EVENT),
    GenerationsDropped(
            "Generations of a cache were deleted early, because the volume is short of space.",
            "Raise storage.size of the CachePolicy.",
            EVENT),
    CacheDegraded("The cache of a run was damaged, full or lost.", "Read the message.", EVENT),

    // CachePolicy
    StorageFound("The storage that the policy names exists.", "Nothing.", POLICY),
    SnapshotsUnavailable(
            "The StorageClass exists, but the VolumeSnapshotClass cannot be used.",
            "Correct what the message names.",
            POLICY),
    BudgetExceeded(
            "Caches are larger than the budget, and none of them can be deleted now.",
            "Raise the budget, or wait for runs to end.",
            POLICY),
    PolicyNotFound(
            "spec.cache.policy names a CachePolicy that does not exist.",
            "Create it, or correct the name.",
            SCOPE,
            STEP),
    PolicyUnreadable(
            "The CachePolicy has fields that its schema does not allow.",
            "Correct the CachePolicy.",
            PIPELINE,
            SCOPE,
            STEP),
    PolicyNotAllowed(
            "The CachePolicy does not allow this namespace.",
            "Label the namespace as spec.allowedNamespaces requires, or name another policy.",
            SCOPE,
            STEP),
    StorageClassNotFound(
            "The StorageClass does not exist, or there is no default.",
            "Create or mark a StorageClass, or name one in spec.storage.className.",
            POLICY,
            SCOPE,
            STEP),
    ClockSkewed(
            "The clock of the operator is wrong by more than five minutes.",
            "Correct the clock of the nodes.",
            POLICY_CLOCK,
            EVENT),
    RefClosed("The repository does not have the ref any more.", "Nothing.", EVICTION),
    Idle("The cache was unused for longer than retention allows.", "Nothing.", EVICTION),
    PipelineBudget("The caches of the pipeline exceeded retention.maxPerPipeline.", "Nothing, or raise it.", EVICTION),
    TotalBudget("All caches exceeded retention.maxTotal.", "Nothing, or raise it.", EVICTION),
    CacheEvicted("A cache was deleted by its CachePolicy.", "Nothing, or change spec.retention.", EVENT),
    OrphanFound("The owner of an object does not exist any more. Hearth deletes the object.", "Nothing.", EVENT);

    /** Where a reason appears. */
    public enum Place {
        PIPELINE("Pipeline: Ready, Reconciling, Stalled"),
        PIPELINE_DEGRADED("Pipeline: Degraded"),
        PIPELINE_TOKEN("Pipeline: TokenExpiring"),
        RUN("PipelineRun: Succeeded, Ready, Reconciling, Stalled"),
        RUN_CACHE("PipelineRun: CacheDegraded"),
        RUN_REGRESSION("PipelineRun: CacheRegression"),
        RUN_USERS("PipelineRun: UserNamespaces"),
        STEP("PipelineRun: steps"),
        SCOPE("CacheScope: Ready, Reconciling, Stalled"),
        SCOPE_ISOLATION("CacheScope: Isolated"),
        SCOPE_NETWORK("CacheScope: NetworkIsolated"),
        PREFLIGHT("CacheScope: preflight, Ready, Reconciling, Stalled"),
        POLICY("CachePolicy: Ready, Reconciling, Stalled"),
        POLICY_CLOCK("CachePolicy: ClockSkewed"),
        EVICTION("CachePolicy: lastEvictions, nextEvictions"),
        EVENT("events");

        private final String text;

        Place(String text) {
            this.text = text;
        }

        /** Returns the kind, and the condition or field. */
        public String text() {
            return text;
        }
    }

    private static final Map<String, Reason> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(Enum::name, Function.identity()));

    private final String meaning;
    private final String remedy;

    @SuppressWarnings("ImmutableEnumChecker") // List.of makes one that cannot change
    private final List<Place> places;

    Reason(String meaning, String remedy, Place... places) {
        this.meaning = meaning;
        this.remedy = remedy;
        this.places = List.of(places);
    }

    /** Parses the reason of a status. Empty if there is none, or if this version does not know it. */
    public static Optional<Reason> parse(@Nullable String name) {
        return Optional.ofNullable(name).map(BY_NAME::get);
    }

    /** Returns the meaning in one or two sentences. */
    public String meaning() {
        return meaning;
    }

    /** Returns what to do about it. */
    public String remedy() {
        return remedy;
    }

    /**
     * Returns the fields that may have it. A reason of a step is also the reason of its run if the step decides the
     * run.
     */
    public List<Place> places() {
        return places;
    }
}
