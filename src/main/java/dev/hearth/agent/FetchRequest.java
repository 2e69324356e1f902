package dev.hearth.agent;

/**
 * Asks for one commit of a private repository, in the only container that has the credentials.
 *
 * @param url URL of the repository: https, http, git or ssh
 * @param commit 40 hexadecimal digits
 * @param repository folder of a bare repository that is made for the commit
 * @param credentials folder with username and password, or for SSH with ssh-privatekey and known_hosts; it may have ca.crt
 */
public record FetchRequest(String url, String commit, String repository, String credentials) implements AgentRequest {}
