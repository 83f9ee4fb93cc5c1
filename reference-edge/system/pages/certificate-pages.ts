import type { HostEnvironment } from '#runtime/host.ts'
import type { ActionAnswer, Actions, Views, ViewRow } from '../../administration/administered-system.ts'
import type { CertificateFacts } from '../../certificates/certificate-facts.ts'
import type { CertificateProblem } from '../../certificates/certificate-problem.ts'
import { serverCertificateStatus } from '../../certificates/certificate-status.ts'
import type { NamingFacts } from '../../certificates/proposed-names.ts'
import { additionalNames, proposedNames, usableNames } from '../../certificates/proposed-names.ts'
import { ServerCertificate } from '../../certificates/server-certificate.ts'
import { TrustedCas } from '../../certificates/trusted-cas.ts'
import { serverCertificate, trustedCaCertificate } from '../../configuration/pages/maintenance.ts'
import type { CertificateRecords } from '../certificate-records.ts'

export interface CertificatePagesOptions {
  readonly environment: HostEnvironment
  readonly records: CertificateRecords
  readonly naming: () => NamingFacts
  readonly isMobileAndRemoteAccess: () => boolean
}

/** Maintenance > Security certificates. */
export function certificatePages(options: CertificatePagesOptions): { views: Views; actions: Actions } {
  const { records, naming } = options
  const store = new ServerCertificate({
    store: records,
    random: options.environment.random,
    now: () => new Date(),
    isMobileAndRemoteAccess: options.isMobileAndRemoteAccess,
    naming,
  })
  const trusted = new TrustedCas(records)
  const changed = (says: string): ActionAnswer => ({ ok: true, says })
  return {
    views: {
      [serverCertificate.resource]: {
        certificate: () => certificateRows(records, naming()),
        proposed: () =>
          proposedNames(naming()).map(({ label, names }) => ({
            source: label,
            names: names.map(({ value, note }) => (note === undefined ? value : `${value} (${note})`)).join(', '),
          })),
        request: () => (store.pendingRequest === undefined ? [] : [{ pem: store.pendingRequest }]),
      },
      [trustedCaCertificate.resource]: { certificates: () => trusted.list().map(rowOf) },
    },
    actions: {
      [serverCertificate.resource]: {
        generateCsr: (values) => generateRequest(store, naming(), values as never),
        async downloadCsr() {
          const body = store.pendingRequest
          if (body === undefined) return refusal(serverCertificate.path, noRequest)
          return { ok: true, says: 'CSR', download: { name: 'csr.pem', type: 'application/x-pem-file', body } }
        },
        async discardCsr() {
          store.discardRequest()
          return { ok: true, says: 'The request and its key are discarded' }
        },
        async upload(values) {
          const { certificate, privateKey } = values as { certificate: string; privateKey: string }
          const loaded = store.upload({ certificate, ...(privateKey === '' ? {} : { privateKey }) })
          if (!loaded.ok) return refusals(serverCertificate.path, loaded.problems)
          const warnings = loaded.warnings.map(({ says, action }) => ` Warning: ${says}. ${action}.`)
          return changed(`Stored; restart the VCS for it to take effect.${warnings.join('')}`)
        },
        async reset() {
          await store.reset()
          return changed('The factory certificate is stored; restart the VCS for it to take effect.')
        },
      },
      [trustedCaCertificate.resource]: {
        async append(values) {
          const loaded = trusted.append(values['certificates'] as string)
          if (!loaded.ok) return refusals(trustedCaCertificate.path, loaded.problems)
          return changed(`${loaded.added} added; restart the VCS for the list to take effect.`)
        },
        async remove(values) {
          if (trusted.delete(values['fingerprint'] as string)) return changed('Deleted; restart the VCS.')
          return refusal(trustedCaCertificate.path, noCertificate)
        },
        async reset() {
          records.write({ trustedCas: '' })
          return changed('No certificate authority is trusted behind the next restart.')
        },
      },
    },
  }
}

function certificateRows(records: CertificateRecords, naming: NamingFacts): ViewRow[] {
  const { served, stored, isCertificatePending, missingNames } = serverCertificateStatus({
    stored: records.read(),
    served: { serverCertificate: records.running.serverCertificate, trust: records.trust },
    now: new Date(),
    naming,
  })
  const missing = missingNames.map(({ name }) => name)
  const note = missing.length === 0 ? '' : ` (missing: ${missing.join(', ')})`
  if (!isCertificatePending) return [{ use: `Current certificate${note}`, ...rowOf(served) }]
  return [
    { use: 'Current certificate', ...rowOf(served) },
    { use: `Behind the next restart${note}`, ...rowOf(stored) },
  ]
}

function rowOf({ names, subject, issuer, validFrom, validTo, fingerprint }: CertificateFacts): ViewRow {
  return { subject, issuer, validFrom, validTo, fingerprint, names: names.join(', ') }
}

async function generateRequest(
  store: ServerCertificate,
  naming: NamingFacts,
  values: Readonly<Record<string, string>>,
): Promise<ActionAnswer> {
  const { additionalNames: further = '', keyLength, ...subject } = values
  const outcome = await store.generateRequest({
    ...Object.fromEntries(Object.entries(subject).filter(([, value]) => value !== '')),
    commonName: naming.fqdn ?? '',
    keyLength: keyLength === '4096' ? 4096 : 2048,
    alternativeNames: [...usableNames(proposedNames(naming)), ...additionalNames(further)],
  })
  if (!outcome.ok) return refusals(serverCertificate.path, outcome.problems)
  return { ok: true, says: 'The request is ready: download it and let your certificate authority sign it.' }
}

function refusals(page: string, problems: readonly CertificateProblem[]): ActionAnswer {
  return { ok: false, problems: problems.map((problem) => ({ page, ...problem })) }
}

const refusal = (page: string, problem: CertificateProblem) => refusals(page, [problem])

const noRequest = { field: '', says: 'No request is waiting', action: 'Generate a CSR first' }
const noCertificate = {
  field: 'SHA-256 fingerprint',
  says: 'no trusted certificate has it',
  action: 'Copy the fingerprint from the list',
}
