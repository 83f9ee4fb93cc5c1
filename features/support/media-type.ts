/** Attachment in the message stream that tells where a scenario's evidence is. */
export const evidenceMediaType = 'application/x-mra-evidence+json'
