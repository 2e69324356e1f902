{{- /* Parts of the admission policies. Arguments of those with a dictionary: root is the chart's context, what is a word for the kind. */ -}}

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

{{- /* The control plane: controllers, scheduler, kubelets. */ -}}
{{- define "hearth.control" -}}
(request.userInfo.username.startsWith('system:') && (!request.userInfo.username.startsWith('system:serviceaccount:')
|| request.userInfo.username.startsWith('system:serviceaccount:kube-system:')))
{{- end -}}

{{- /* The control plane, or a storage driver: an account of another namespace, or of a listed namespace. */ -}}
{{- define "hearth.driver" -}}
request.userInfo.username.startsWith('system:')
{{- if .Values.admission.storageDrivers }}
&& (!request.userInfo.username.startsWith('system:serviceaccount:')
|| {{ toJson (append .Values.admission.storageDrivers "kube-system") | replace "\"" "'" }}.exists(driver,
request.userInfo.username.startsWith('system:serviceaccount:' + driver + ':')))
{{- else }}
&& !request.userInfo.username.startsWith('system:serviceaccount:' + request.namespace + ':')
{{- end }}
{{- end -}}

{{- /* The control plane, or a scheduler: an account of a listed namespace. */ -}}
{{- define "hearth.scheduler" -}}
({{ include "hearth.control" . }}
{{- if .Values.admission.schedulers }}
|| {{ toJson .Values.admission.schedulers | replace "\"" "'" }}.exists(scheduler,
request.userInfo.username.startsWith('system:serviceaccount:' + scheduler + ':'))
{{- end }})
{{- end -}}

{{- /* Whether an existing object belongs to Hearth. */ -}}
{{- define "hearth.was" -}}
(oldObject.metadata.name.startsWith('hearth-')
|| oldObject.metadata.?labels.orValue({}).exists(key, key.startsWith('hearth.dev/')))
{{- end -}}

{{- define "hearth.variables" -}}
- name: control
  expression: >-
    {{- include "hearth.control" . | nindent 4 }}
- name: driver
  expression: >-
    {{- include "hearth.driver" . | nindent 4 }}
- name: hearths # whether the object belonged to Hearth before the request
  expression: >-
    request.operation == 'UPDATE' && {{ include "hearth.was" . | replace "\n" " " }}
{{- end -}}

{{- define "hearth.identity" -}}
- expression: "request.operation != 'CREATE' || !object.metadata.name.startsWith('hearth-')"
  reason: Forbidden
  messageExpression: >-
    "names that begin with hearth- are reserved for Hearth: give {{ .what }} " + object.metadata.name + ", or the object that creates it,"
    + " another name"
- expression: >-
    request.operation == 'DELETE' || variables.hearths
    || !object.metadata.?labels.orValue({}).exists(key, key.startsWith('hearth.dev/'))
  reason: Forbidden
  messageExpression: >-
    "labels that begin with hearth.dev/ are reserved for objects of Hearth: remove them from metadata.labels of {{ .what }} "
    + object.metadata.name
{{- end -}}

{{- define "hearth.unchanged" -}}
object.metadata.?labels.orValue({}) == oldObject.metadata.?labels.orValue({})
&& object.metadata.?ownerReferences.orValue([]) == oldObject.metadata.?ownerReferences.orValue([])
&& (variables.driver || object.metadata.?finalizers.orValue([]) == oldObject.metadata.?finalizers.orValue([]))
&& [object, oldObject].all(o, o.metadata.?annotations.orValue({}).all(key, !key.startsWith('hearth.dev/')
|| object.metadata.?annotations[?key] == oldObject.metadata.?annotations[?key]))
{{- end -}}

{{- /* Labels, annotations and owners by which Hearth finds its records. Users may change all others. */ -}}
{{- define "hearth.marked" -}}
object.metadata.?ownerReferences.orValue([]) == oldObject.metadata.?ownerReferences.orValue([])
&& [object, oldObject].all(o, o.metadata.?labels.orValue({}).all(key,
!(key.startsWith('hearth.dev/') || key == 'app.kubernetes.io/managed-by')
|| object.metadata.?labels[?key] == oldObject.metadata.?labels[?key]))
&& [object, oldObject].all(o, o.metadata.?annotations.orValue({}).all(key, !key.startsWith('hearth.dev/')
|| object.metadata.?annotations[?key] == oldObject.metadata.?annotations[?key]))
{{- end -}}
