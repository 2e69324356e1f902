package dev.hearth.forge;

import dev.hearth.authority.AddedAuthorities;
import dev.hearth.core.forge.ForgeAddress;

/**
 * What is needed to call a forge.
 *
 * @param credential what goes to this address alone
 * @param authorities certificate authorities that are trusted for this address too
 */
public record ForgeLogin(ForgeAddress address, ForgeCredential credential, AddedAuthorities authorities) {
    @Override
    public String toString() {
        return "ForgeLogin[address=" + address + "]";
    }
}
