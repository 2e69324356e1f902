{{- /* Parts of the admission policies. Those that take a dictionary want root: the chart's context, and what: a word for the kind. */ -}}

{{- define "hearth.policy" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: {{ include "hearth.name" .root }}-{{ .name }}
  labels: {{- include "hearth.labels" .root | nindent 4 }}
{{- end -}}

{{- define "hearth.others" -}}
- name: others
  expression: "request.userInfo.username != 'system:serviceaccount:{{ .Release.Namespace }}:{{ include "hearth.name" . }}'"
{{- end -}}

{{- define "hearth.variables" -}}
- name: control # the control plane: controllers, scheduler, kubelets
  expression: >-
    request.userInfo.username.startsWith('system:') && (!request.userInfo.username.startsWith('system:serviceaccount:')
    || request.userInfo.username.startsWith('system:serviceaccount:kube-system:'))
- name: driver # the same or a storage driver, wherever it lives, but no account of the object's own namespace
  expression: >-
    request.userInfo.username.startsWith('system:')
    && !request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':')
- name: hearths # whether the object was Hearth's before
  expression: >-
    request.operation == 'UPDATE' && (oldObject.metadata.name.startsWith('hearth-')
    || oldObject.metadata.?labels.orValue({}).exists(key, key.startsWith('hearth.dev/')))
{{- end -}}

{{- define "hearth.identity" -}}
- expression: "request.operation != 'CREATE' || !object.metadata.name.startsWith('hearth-')"
  reason: Forbidden
  messageExpression: >-
    "names that start with hearth- are Hearth's: give {{ .what }} " + object.metadata.name + ", or what makes it, another"
- expression: "variables.hearths || !object.metadata.?labels.orValue({}).exists(key, key.startsWith('hearth.dev/'))"
  reason: Forbidden
  messageExpression: >-
    "labels hearth.dev/ mark what Hearth made: remove them from metadata.labels of {{ .what }} " + object.metadata.name
{{- end -}}

{{- define "hearth.unchanged" -}}
object.metadata.?labels.orValue({}) == oldObject.metadata.?labels.orValue({})
&& object.metadata.?ownerReferences.orValue([]) == oldObject.metadata.?ownerReferences.orValue([])
&& (variables.driver || object.metadata.?finalizers.orValue([]) == oldObject.metadata.?finalizers.orValue([]))
&& [object, oldObject].all(o, o.metadata.?annotations.orValue({}).all(key, !key.startsWith('hearth.dev/')
|| object.metadata.?annotations[?key] == oldObject.metadata.?annotations[?key]))
{{- end -}}
