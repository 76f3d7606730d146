{{/* The name of all objects. A CronJob's has at most 52 characters. */}}
{{- define "liftoff.name" -}}
{{- if contains "liftoff" .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ .Release.Name | trunc 44 | trimSuffix "-" }}-liftoff{{ end }}
{{- end }}

{{/* What selects the pods of this release. */}}
{{- define "liftoff.selector" -}}
app.kubernetes.io/name: liftoff
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "liftoff.labels" -}}
{{ include "liftoff.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "liftoff.image" -}}
{{ .Values.image.repository }}{{ if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{/* What the pods of the CronJob and of the workers have in common. */}}
{{- define "liftoff.pod" -}}
# liftoff ends at most 8 seconds after SIGTERM.
terminationGracePeriodSeconds: 30
serviceAccountName: {{ include "liftoff.name" . }}
automountServiceAccountToken: false
# A Service named postgres would set POSTGRES_PORT to tcp://….
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  {{- with .Values.runAsUser }}
  runAsUser: {{ int64 . }}
  runAsGroup: {{ int64 . }}
  # The group that may read the password.
  fsGroup: {{ int64 . }}
  {{- end }}
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: database
    secret: {secretName: {{ .Values.database.existingSecret }}, defaultMode: 0440}
{{- end }}

{{/* What their containers have in common. */}}
{{- define "liftoff.container" -}}
name: liftoff
image: {{ include "liftoff.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
envFrom:
  - configMapRef: {name: {{ include "liftoff.name" . }}}
resources: {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: database, mountPath: /run/secrets/liftoff, readOnly: true}
{{- end }}
