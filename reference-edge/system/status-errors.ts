import { X509Certificate } from 'node:crypto'
import { isSelfSigned } from '../certificates/certificate-facts.ts'
import type { StoredCertificates } from '../certificates/certificate-store.ts'
import { namesOf } from '../certificates/peer-name.ts'
import type { ConfigurationError } from '../configuration/configuration-errors.ts'
import { configurationErrors } from '../configuration/configuration-errors.ts'
import type { Configuration, PendingChange } from '../configuration/configuration.ts'
import { Product } from '../configuration/page.ts'
import { restartOptions, serverCertificate, trustedCaCertificate } from '../configuration/pages/maintenance.ts'
import { unifiedCommunications } from '../configuration/pages/unified-communications.ts'

/** Everything that stands under configuration errors on Status > Unified Communications. */
export function statusErrors(facts: {
  readonly configuration: Configuration
  readonly certificates: StoredCertificates
  readonly pending: readonly PendingChange[]
  /** FQDN of the cluster, where there is one. */
  readonly clusterName?: string | undefined
}): ConfigurationError[] {
  const { configuration, certificates, pending, clusterName } = facts
  const isOn = configuration.storedValues(unifiedCommunications).mode !== 'Off'
  return [
    ...configurationErrors(configuration),
    ...(isOn ? certificateErrors(certificates) : []),
    ...(isOn && configuration.product === Product.control ? clusterNameErrors(certificates, clusterName) : []),
    ...pending.map(pendingError),
  ]
}

/** Step 5 of the guide's configuration summary was left out. */
function certificateErrors({ serverCertificate: pem, trustedCas }: StoredCertificates): ConfigurationError[] {
  const noServerCertificate = {
    says: 'The server certificate is of no certificate authority',
    action: 'Generate a CSR, have it signed and upload the server certificate',
    page: serverCertificate.path,
  }
  const noTrustedCa = {
    says: 'No certificate authority is trusted',
    action: 'Append the CA certificates of the servers and of the traversal zone peer',
    page: trustedCaCertificate.path,
  }
  return [
    ...(isSelfSigned(new X509Certificate(pem)) ? [noServerCertificate] : []),
    ...(trustedCas === '' ? [noTrustedCa] : []),
  ]
}

/** Guide, Setting up VCS security certificates: an Expressway looks for the cluster name in each Control peer's certificate. */
function clusterNameErrors({ serverCertificate: pem }: StoredCertificates, name: string | undefined) {
  if (name === undefined || namesOf(new X509Certificate(pem)).some((each) => isSameText(each, name))) return []
  return [
    {
      says: `The server certificate does not have the cluster name ${name} among its alternative names`,
      action: 'Generate a CSR, have it signed and upload the server certificate',
      page: serverCertificate.path,
    },
  ]
}

const isSameText = (one: string, other: string) => one.toLowerCase() === other.toLowerCase()

/** Guide, Checking alarms and status: services may show invalid or with errors until the restart. */
function pendingError({ row, field }: PendingChange): ConfigurationError {
  const subject = [row, field].filter((part) => part !== '').join(', ')
  return {
    says: `${subject}: changed and not in use; services may be invalid or have errors until the VCS is restarted`,
    action: 'Restart the VCS',
    page: restartOptions.path,
  }
}
