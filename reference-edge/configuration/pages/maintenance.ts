import { choice, integer, onOff, text } from '../field.ts'
import { formPage, toolPage } from '../page.ts'

const multiline = (label: string, help: string) =>
  ({ ...text(label, { help, maxLength: 200_000 }), input: 'multiline', read: readPem }) as const

/** Line ends stay: a certificate is more than one line. */
function readPem(given: unknown) {
  if (typeof given !== 'string') return { ok: false, says: 'is not a text', action: 'Paste the PEM text' } as const
  if (given.length > 200_000) return { ok: false, says: 'is too long', action: 'Paste PEM text only' } as const
  return { ok: true, value: given } as const
}

const certificateColumns = {
  subject: 'Subject',
  issuer: 'Issuer',
  validFrom: 'Valid from',
  validTo: 'Valid to',
  names: 'Subject alternative names',
  fingerprint: 'SHA-256 fingerprint',
} as const

/** Guide: Setting up VCS security certificates, step 1. */
export const serverCertificate = toolPage({
  path: 'Maintenance > Security certificates > Server certificate',
  resource: 'common/cert/server',
  intro: 'A new server certificate takes effect when the VCS is restarted.',
  views: {
    certificate: {
      title: 'Server certificate',
      columns: { use: 'Certificate', ...certificateColumns },
      empty: 'None',
    },
    proposed: {
      title: 'Names that a certificate of this VCS needs',
      columns: { source: 'From', names: 'Names' },
      empty: 'None',
    },
    request: {
      title: 'Certificate signing request',
      columns: { pem: 'Request' },
      empty: 'No request is waiting for its certificate',
    },
  },
  actions: {
    generateCsr: {
      label: 'Generate CSR',
      fields: {
        additionalNames: text('Additional alternative names', { help: 'Separated by commas', maxLength: 4_000 }),
        keyLength: choice('Key length', ['2048', '4096']),
        country: text('Country', { maxLength: 2 }),
        state: text('State or province'),
        locality: text('Locality (town name)'),
        organization: text('Organization (company name)'),
        organizationalUnit: text('Organizational unit'),
      },
    },
    downloadCsr: { label: 'Download CSR', isDownload: true },
    discardCsr: { label: 'Discard CSR' },
    upload: {
      label: 'Upload server certificate data',
      fields: {
        certificate: multiline('Server certificate', 'PEM; intermediates behind it'),
        privateKey: multiline('Server private key', 'PEM; only where the request was not made here'),
      },
    },
    reset: { label: 'Reset to default server certificate', confirm: 'The factory certificate comes back.' },
  },
})

/** Guide: Setting up VCS security certificates, step 2. */
export const trustedCaCertificate = toolPage({
  path: 'Maintenance > Security certificates > Trusted CA certificate',
  resource: 'common/cert/root',
  intro: 'Changes of the trusted CA list take effect when the VCS is restarted.',
  views: {
    certificates: {
      title: 'Trusted certificate authorities',
      columns: certificateColumns,
      empty: 'No certificate authority is trusted',
    },
  },
  actions: {
    append: {
      label: 'Append CA certificate',
      fields: { certificates: multiline('CA certificates', 'PEM, one behind the other') },
    },
    remove: {
      label: 'Delete',
      onRowOf: 'certificates',
      fields: { fingerprint: text('SHA-256 fingerprint', { isMandatory: true }) },
    },
    reset: { label: 'Reset to default CA certificate', confirm: 'Every trusted certificate authority is removed.' },
  },
})

export const restartOptions = toolPage({
  path: 'Maintenance > Restart options',
  resource: 'common/restart',
  views: {
    pending: {
      title: 'Changes that wait for a restart',
      columns: { page: 'Page', row: 'Row', field: 'Field' },
      empty: 'None',
    },
  },
  actions: { restart: { label: 'Restart', confirm: 'Calls and sessions end.', endsSessions: true } },
})

/** Guide: Unsupported features and limitations, maintenance mode. */
export const maintenanceMode = formPage({
  path: 'Maintenance > Maintenance mode',
  resource: 'common/maintenancemode',
  isPerPeer: true,
  intro: 'Existing calls are dropped and no new ones or registrations are taken.',
  fields: { mode: onOff('Maintenance mode', 'Off') },
})

/**
 * Guide: VCS call types and licensing. The product adds these up from keys of 20 characters, which nobody could make here:
 * the page takes the sums. What a lab has at its start is ours.
 */
export const optionKeys = formPage({
  path: 'Maintenance > Option keys',
  resource: 'common/optionkeys',
  isPerPeer: true,
  intro: 'What is installed: call licences and features. Unified CM remote sessions need no licence.',
  fields: {
    traversalCalls: integer('Traversal calls', {
      help: 'A licence carries one video call or two audio-only SIP calls',
      initial: 100,
      minimum: 0,
      maximum: 10_000,
    }),
    nonTraversalCalls: integer('Non-traversal calls', { initial: 750, minimum: 0, maximum: 10_000 }),
    advancedNetworking: onOff('Advanced Networking', 'Off', {
      help: 'Dual network interfaces and static NAT of a VCS Expressway',
    }),
  },
})

/** Guide: Performing VCS diagnostic logging. */
export const diagnosticLogging = toolPage({
  path: 'Maintenance > Diagnostics > Diagnostic logging',
  resource: 'common/diagnostics/logging',
  views: {
    state: {
      title: 'Diagnostic log',
      columns: { state: 'State', started: 'Started', stopped: 'Stopped', lines: 'Lines' },
      empty: 'Not started',
    },
  },
  actions: {
    start: { label: 'Start new log' },
    marker: { label: 'Add marker', fields: { marker: text('Marker', { isMandatory: true }) } },
    stop: { label: 'Stop logging' },
    download: { label: 'Download log', isDownload: true },
    archive: { label: 'Download archive', isDownload: true },
  },
})

const modules = ['developer.edgeconfigprovisioning', 'developer.trafficserver', 'developer.xcp'] as const
const level = (module: string) => choice(module, ['INFO', 'DEBUG'])

/** Guide: Performing VCS diagnostic logging, log levels. */
export const supportLogConfiguration = formPage({
  path: 'Maintenance > Diagnostics > Advanced > Support Log configuration',
  resource: 'common/diagnostics/supportlog',
  isPerPeer: true,
  fields: {
    edgeConfigProvisioning: level(modules[0]),
    trafficServer: level(modules[1]),
    xcp: level(modules[2]),
  },
  actions: {
    debug: { label: 'Set to debug', says: 'All three modules.' },
    info: { label: 'Reset to info', says: 'All three modules.' },
  },
})

/** Levels of the modules that log what crosses the network; SIP messages in full at DEBUG. */
export const networkLogConfiguration = formPage({
  path: 'Maintenance > Diagnostics > Advanced > Network Log configuration',
  resource: 'common/diagnostics/networklog',
  isPerPeer: true,
  fields: { sip: level('network.sip'), tcp: level('network.tcp'), http: level('network.http.trafficserver') },
})

/** Guide: Checking DNS records. */
export const dnsLookup = toolPage({
  path: 'Maintenance > Tools > Network utilities > DNS lookup',
  resource: 'common/tools/dnslookup',
  views: {
    answers: {
      title: 'Results',
      columns: { service: 'Service', query: 'Query', type: 'Type', outcome: 'Outcome', answer: 'Answer' },
      empty: 'No lookup yet',
    },
  },
  actions: {
    lookup: {
      label: 'Lookup',
      fields: {
        host: text('Host', { isMandatory: true, help: 'A domain or host name' }),
        type: choice('Query type', ['All', 'A', 'AAAA', 'SRV', 'NAPTR', 'PTR', 'TXT']),
      },
    },
  },
})

export const connectivityTest = toolPage({
  path: 'Maintenance > Tools > Network utilities > Connectivity test',
  resource: 'common/tools/connectivity',
  views: {
    stages: {
      title: 'Stages',
      columns: { stage: 'Stage', target: 'Target', result: 'Result', says: 'Says', hint: 'Hint' },
      empty: 'Not run yet',
    },
  },
  actions: { run: { label: 'Run test' } },
})
