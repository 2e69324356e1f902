package dev.hearth.cluster;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.Module;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import dev.hearth.api.PipelineRunStatus;
import dev.hearth.api.PipelineSpec;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads equal statuses of runs as one object, and equal specs of pipelines too. Three watches have each run, and most runs of a
 * pipeline have the same copy of its spec in their status. Both are records and cannot change, so nobody notices that they are
 * shared. What is no longer in use is forgotten.
 */
final class SharedValues {
    private static final Set<Class<?>> TYPES = Set.of(PipelineRunStatus.class, PipelineSpec.class);

    private final Map<Object, WeakReference<Object>> known = new WeakHashMap<>();

    private SharedValues() {}

    static Module module() {
        var values = new SharedValues();
        return new SimpleModule(SharedValues.class.getName()).setDeserializerModifier(new BeanDeserializerModifier() {
            private static final long serialVersionUID = 1L;

            @Override
            public JsonDeserializer<?> modifyDeserializer(
                    DeserializationConfig config, BeanDescription type, JsonDeserializer<?> deserializer) {
                return TYPES.contains(type.getBeanClass()) ? new Reader(deserializer, values) : deserializer;
            }
        });
    }

    private synchronized Object shared(Object value) {
        var reference = known.get(value);
        var equal = reference == null ? null : reference.get();
        if (equal != null) {
            return equal;
        }
        known.put(value, new WeakReference<>(value));
        return value;
    }

    private static final class Reader extends DelegatingDeserializer {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // nobody serializes a deserializer
        private final SharedValues values;

        Reader(JsonDeserializer<?> delegate, SharedValues values) {
            super(delegate);
            this.values = values;
        }

        @Override
        protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> delegate) {
            return new Reader(delegate, values);
        }

        @Override
        public @Nullable Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            var value = super.deserialize(parser, context);
            return value == null ? null : values.shared(value);
        }
    }
}
