import { X509Certificate } from 'node:crypto'
import type { Database, Row } from '#simulators/protocol/axl/sql.ts'
import type { Cluster } from '../cluster.ts'

/**
 * The tables of the cluster's database a VCS Control asks for (wire facts §4.2), with the columns it uses. Which
 * store a certificate is in stands in `certificateservice`, a column of ours: the product joins further tables.
 */
export function databaseOf(cluster: Cluster): Database {
  const { enterpriseParameters, phoneSecurityProfiles, servers, trustedCertificates } = cluster.configuration
  const rows = (columns: readonly string[], all: readonly Row[]) => ({ columns, rows: all })
  return {
    processconfig: rows(
      ['paramname', 'paramvalue'],
      [
        { paramname: 'ClusterSecurityMode', paramvalue: enterpriseParameters.clusterSecurityMode },
        { paramname: 'ClusterID', paramvalue: enterpriseParameters.clusterId },
      ],
    ),
    securityprofile: rows(
      ['pkid', 'name', 'description', 'tkdeviceprotocol', 'tkdevicesecuritymode', 'sipphoneport'],
      phoneSecurityProfiles.map((profile) => ({
        pkid: cluster.pkid('profile', profile.name),
        name: profile.name,
        description: profile.description,
        tkdeviceprotocol: sipProtocol,
        tkdevicesecuritymode: securityModes[profile.deviceSecurityMode],
        sipphoneport: profile.sipPhonePort,
      })),
    ),
    processnode: rows(
      ['pkid', 'name', 'description'],
      servers.map(({ name, description }) => ({ pkid: cluster.pkid('node', name), name, description })),
    ),
    // Unified CM has the table; aliases are IM and Presence's.
    tcaliases: rows(['pkid', 'tcalias', 'isprimary', 'fkprocessnode', 'peerclusterid'], []),
    certificate: rows(
      ['pkid', 'certificateservice', 'subjectname', 'issuername', 'serialnumber', 'certificate'],
      trustedCertificates.map(({ certificatePurpose, certificate }) => ({
        pkid: cluster.pkid(certificatePurpose, certificate),
        certificateservice: certificatePurpose,
        ...namesOf(certificate),
        certificate,
      })),
    ),
  }
}

const sipProtocol = 11

const securityModes = { 'Non Secure': 1, Authenticated: 2, Encrypted: 3 } as const

/** Empty where the upload only looked like a certificate. */
function namesOf(pem: string): { subjectname: string; issuername: string; serialnumber: string } {
  try {
    const { subject, issuer, serialNumber } = new X509Certificate(pem)
    return { subjectname: subject, issuername: issuer, serialnumber: serialNumber }
  } catch {
    return { subjectname: '', issuername: '', serialnumber: '' }
  }
}
