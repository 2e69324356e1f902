/**
 * Makes the agent's requests and BuildKit's configuration, and reads what agents report. Pure. Depends on {@code agent}, {@code api},
 * {@code core.buildcache}, {@code core.plan}, {@code core.run}, {@code core.status}, {@code core.text}.
 */
@NullMarked
package dev.hearth.buildkit;

import org.jspecify.annotations.NullMarked;
