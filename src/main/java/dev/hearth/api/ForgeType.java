package dev.hearth.api;

/** The software of a forge, which decides how it proves and names its webhooks. */
public enum ForgeType {
    /** GitHub.com and GitHub Enterprise. */
    GitHub,
    /** GitLab.com and GitLab of one's own. */
    GitLab,
    /** Gitea. */
    Gitea,
    /** Forgejo, and Codeberg. */
    Forgejo
}
