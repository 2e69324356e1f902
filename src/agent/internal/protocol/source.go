package protocol

// FetchRequest asks for one commit of a private repository, in the only container that has the credentials.
type FetchRequest struct {
	Version int `json:"version"`
	// URL is that of the repository: https, http, git or ssh.
	URL string `json:"url"`
	// Commit is the commit's id, of 40 hexadecimal digits.
	Commit string `json:"commit"`
	// Repository is the folder of a bare repository that is made for the commit.
	Repository string `json:"repository"`
	// Credentials is a folder with the files username and password, or for SSH ssh-privatekey and known_hosts. It may have
	// ca.crt.
	Credentials string `json:"credentials"`
}

// ServeRequest asks for a bare repository to be served over git's own protocol.
type ServeRequest struct {
	Version int `json:"version"`
	// Repository is the folder of the repository. Its URL is git:// with the address and the last part of this path.
	Repository string `json:"repository"`
	// Address is the host and the port.
	Address string `json:"address"`
}

// ReadFileRequest asks for the content of a file of an artifact.
type ReadFileRequest struct {
	Version int `json:"version"`
	// Folder is the path at which the artifact is mounted.
	Folder string `json:"folder"`
	// File is the path of the file in that folder.
	File string `json:"file"`
	// MostBytes is how many bytes of it are asked for at most.
	MostBytes int64 `json:"mostBytes"`
}

// NetworkPreflightRequest asks whether network policies keep this pod from addresses.
type NetworkPreflightRequest struct {
	Version int `json:"version"`
	// Name is a name that the cluster's DNS knows: without an answer nothing can be found out.
	Name string `json:"name"`
	// Addresses are those that the pod must not reach, each a host and a port.
	Addresses []string `json:"addresses"`
}

// UserNamespacePreflightRequest asks whether the pod has a user namespace, and a volume that it can write in there.
type UserNamespacePreflightRequest struct {
	Version int `json:"version"`
	// Folder is the path at which the volume is mounted.
	Folder string `json:"folder"`
}
