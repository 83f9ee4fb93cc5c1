/** What Unified CM listens on. */
export const ports = {
  /** Tomcat: UDS and AXL. */
  https: 8443,
  /** Configuration files over HTTP. */
  files: 6970,
  sip: 5060,
  sips: 5061,
} as const
