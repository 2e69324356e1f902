package protocol

// CodeTransient is the exit code of a container that has not reached a registry, or was refused by it for the moment, until
// its time limit was over: the same request may succeed later.
const CodeTransient = 75

// Registry says how registries are reached.
type Registry struct {
	// Field is the field of the pipeline's spec that messages name, such as "spec.artifacts": what they tell people to correct
	// is its field repository or credentials.
	Field string `json:"field"`
	// Credentials is the path of the folder that has a config.json in docker's format; empty for anonymous access.
	Credentials string `json:"credentials,omitempty"`
	// Insecure has the hosts, with their ports, that are reached over plain HTTP.
	Insecure []string `json:"insecure,omitempty"`
}

// ArtifactPushRequest asks to pack a folder and to push it as an image of one layer, which gets no tag.
type ArtifactPushRequest struct {
	Version int `json:"version"`
	// Folder is the path of the folder.
	Folder string `json:"folder"`
	// Repository is the registry's host, its port unless it is the usual one, and the path.
	Repository string `json:"repository"`
	// Owner is what the image belongs to. Images of different owners have different digests, so that the removal of one never
	// removes that of another.
	Owner string `json:"owner"`
	// LimitBytes is the size that the files may have, with the headers of their archive.
	LimitBytes int64    `json:"limitBytes"`
	Registry   Registry `json:"registry"`
	// LimitSeconds is the time that packing and all attempts to push may take.
	LimitSeconds int64 `json:"limitSeconds"`
}

// ArtifactPushReport says where an artifact was pushed.
type ArtifactPushReport struct {
	Version int `json:"version"`
	// Image is the repository, "@" and the digest of the image.
	Image string `json:"image"`
	// Bytes is the size of its layer in the registry.
	Bytes int64 `json:"bytes"`
}

// ArtifactPullRequest asks for the files of an image that an ArtifactPushRequest has pushed. There is no report.
type ArtifactPullRequest struct {
	Version int `json:"version"`
	// Image is the repository, "@" and the digest of the image.
	Image string `json:"image"`
	// Folder is the path of the folder that gets the files. It appears once it is complete. If it exists, nothing is done.
	Folder string `json:"folder"`
	// LimitBytes is the size that the files may have, with the headers of their archive.
	LimitBytes int64    `json:"limitBytes"`
	Registry   Registry `json:"registry"`
	// LimitSeconds is the time that all attempts may take.
	LimitSeconds int64 `json:"limitSeconds"`
}

// ArtifactRemoveRequest asks to delete images that ArtifactPushRequests have pushed.
type ArtifactRemoveRequest struct {
	Version int `json:"version"`
	// Images has the repository, "@" and the digest of each image.
	Images   []string `json:"images"`
	Registry Registry `json:"registry"`
	// LimitSeconds is the time that all attempts may take.
	LimitSeconds int64 `json:"limitSeconds"`
}

// ArtifactRemoveReport says what became of the images.
type ArtifactRemoveReport struct {
	Version int `json:"version"`
	// Removed is the number of images that do not exist any more, or never did.
	Removed int `json:"removed"`
	// Left is the number of images that the registry has kept.
	Left int `json:"left"`
	// Message says why the first of them was kept, in one line; empty if there is none.
	Message string `json:"message,omitempty"`
}

// ImagePublishRequest asks to publish images that are in a repository already: an index of them is pushed, and gets the tags. A
// single image gets the tags itself.
type ImagePublishRequest struct {
	Version int `json:"version"`
	// Repository is the registry's host, its port unless it is the usual one, and the path.
	Repository string          `json:"repository"`
	Images     []PlatformImage `json:"images"`
	// Tags is empty if the index is to be pushed by its digest alone.
	Tags     []string `json:"tags,omitempty"`
	Registry Registry `json:"registry"`
	// LimitSeconds is the time that all attempts may take.
	LimitSeconds int64 `json:"limitSeconds"`
}

// PlatformImage is the image of a platform.
type PlatformImage struct {
	// Platform is a platform such as "linux/arm/v7".
	Platform string `json:"platform"`
	// Digest is that of the manifest, or of an index such as that of an image with attestations.
	Digest string `json:"digest"`
}

// ImagePublishReport says what was published.
type ImagePublishReport struct {
	Version int `json:"version"`
	// Digest is that of the index, or of the single image.
	Digest string `json:"digest"`
}
