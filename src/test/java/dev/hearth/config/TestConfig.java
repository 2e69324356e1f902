package dev.hearth.config;

import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Objects;

/** A configuration in which a test sets only the values that it uses. */
public final class TestConfig {
    private TestConfig() {}

    /**
     * Returns a configuration.
     *
     * @param values by their names in the code, such as {@code artifacts.size}
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
