package dev.hearth.config;

import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;

/** The configuration of an installation, of which a test sets what it depends on. */
public final class TestConfig {
    private TestConfig() {}

    /**
     * A configuration.
     *
     * @param values by their name in the code, such as {@code artifacts.size}
     */
    public static HearthConfig of(Map<String, Object> values) {
        return (HearthConfig) of(HearthConfig.class, "", values);
    }

    private static Object of(Class<?> group, String prefix, Map<String, Object> values) {
        return Proxy.newProxyInstance(group.getClassLoader(), new Class<?>[] {group}, (_, setting, _) -> {
            var name = prefix + setting.getName();
            return setting.getReturnType().getEnclosingClass() == HearthConfig.class
                    ? of(setting.getReturnType(), name + ".", values)
                    : Objects.requireNonNull(values.get(name), "the test does not set " + name);
        });
    }
}
