Feature: Setting up VCS security certificates
  The VCS Control and the VCS Expressway show server certificates to each other, to clients and to Unified CM, and
  trust the authorities in their lists.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: both VCSs need a suitable server certificate in place of the factory's

    @CERT-01 @CFG-04
    Scenario: the Control still has its factory certificate
      Given the VCS Control still has its factory certificate
      Then the traversal zone fails at the VCS Expressway: "Self-signed"
      And a TLS client is shown the factory certificate of the VCS Control on the port "443"
      When the administrator generates a CSR on the VCS Control
      And the deployment's authority signs the CSR of the VCS Control
      And the administrator uploads the signed certificate to the VCS Control
      And the administrator restarts the VCS Control
      Then a TLS client is shown the new certificate of the VCS Control on the ports "443, 5061"
      And the traversal zone is active at both ends

    @CERT-02 @CFG-04
    Scenario: the Expressway still has its factory certificate
      Given the VCS Expressway still has its factory certificate
      Then the traversal zone fails at the VCS Control: "Self-signed"
      And a TLS client is shown the factory certificate of the VCS Expressway on the ports "443, 8443, 5061, 7001"
      When Alice signs in
      Then the sign-in of Alice fails with "CERTIFICATE_VALIDATION_ERROR"
      When the board room signs in
      Then the sign-in of the board room fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "REGISTER" from the TC endpoint

    @CERT-02 @CFG-04
    Scenario: the Expressway gets a certificate of the company's authority
      Given the VCS Expressway still has its factory certificate
      When the administrator generates a CSR on the VCS Expressway with the additional names "example.com"
      And the deployment's authority signs the CSR of the VCS Expressway
      And the administrator uploads the signed certificate to the VCS Expressway
      And the administrator restarts the VCS Expressway
      And the VCS Control dials the VCS Expressway anew
      Then the traversal zone is active at both ends
      And a TLS client is shown the new certificate of the VCS Expressway on the ports "443, 8443, 5061, 5222, 7001"
      When the board room signs in
      Then the sign-in of the board room succeeds

  Rule: with mobile and remote access a certificate without client authentication is not taken

    @CERT-04 @CERT-08
    Scenario Outline: the authority strips client authentication
      Given the deployment runs
      When the administrator generates a CSR on the <vcs>
      And an authority that strips client authentication signs the CSR of the <vcs>
      And the administrator uploads the signed certificate to the <vcs>
      Then the upload is refused: "lacks the Client Authentication extension"
      And a TLS client is shown the old certificate of the <vcs> on the port "443"
      When the administrator restarts the <vcs>
      Then a TLS client is shown the old certificate of the <vcs> on the port "443"
      When the deployment's authority signs the CSR of the <vcs>
      And the administrator uploads the signed certificate to the <vcs>
      Then the upload is accepted

      Examples:
        | vcs            |
        | VCS Control    |
        | VCS Expressway |

    @CERT-04
    Scenario: with mobile and remote access off the same certificate is taken
      Given the Unified Communications mode of the VCS Expressway was left off
      And the deployment is not expected to work
      When the administrator generates a CSR on the VCS Expressway
      And an authority that strips client authentication signs the CSR of the VCS Expressway
      And the administrator uploads the signed certificate to the VCS Expressway
      Then the upload is accepted
      When the administrator restarts the VCS Expressway
      Then a TLS client is shown the new certificate of the VCS Expressway on the ports "443, 5061"

  Rule: the VCS makes the request itself

    @CERT-05 @CERT-06 @needs:openssl
    Scenario Outline: a CSR is generated
      Given the deployment runs
      When the administrator generates a CSR on the <vcs>
      Then OpenSSL finds the CSR of the <vcs> valid
      And the CSR of the <vcs> asks for "Client Authentication"
      And the CSR of the <vcs> asks for "Server Authentication"

      Examples:
        | vcs            |
        | VCS Control    |
        | VCS Expressway |

    @CERT-05
    Scenario: the certificate came for an earlier CSR
      Given the deployment runs
      When the administrator generates a CSR on the VCS Control
      And the deployment's authority signs the CSR of the VCS Control
      And the administrator generates a CSR on the VCS Control
      And the administrator uploads the signed certificate to the VCS Control
      Then the upload is refused: "does not match the key of the pending CSR"
      And a TLS client is shown the old certificate of the VCS Control on the port "443"
      When the deployment's authority signs the CSR of the VCS Control
      And the administrator uploads the signed certificate to the VCS Control
      And the administrator restarts the VCS Control
      Then a TLS client is shown the new certificate of the VCS Control on the port "443"

    @CFG-04
    Scenario Outline: the authority's clock is wrong
      Given the deployment runs
      When the administrator generates a CSR on the VCS Control
      And an authority whose clock is <wrong> signs the CSR of the VCS Control
      And the administrator uploads the signed certificate to the VCS Control
      Then the upload is refused: "<says>"
      And a TLS client is shown the old certificate of the VCS Control on the port "443"

      Examples:
        | wrong | says           |
        | late  | expired on     |
        | early | not valid before |

  Rule: the request has the names that the deployment needs, different ones for each VCS

    @CERT-07 @CERT-12
    Scenario: both VCSs generate their CSR
      Given the deployment runs
      When the administrator generates a CSR on the VCS Control
      And the administrator generates a CSR on the VCS Expressway
      Then the CSR of the VCS Control names "vcsc1.example.com, jabber.secure.example.com"
      And the CSR of the VCS Control does not name "example.com"
      And the CSR of the VCS Expressway names "vcse1.example.com, example.com"
      And the CSR of the VCS Expressway does not name "jabber.secure.example.com"

    @CERT-07
    Scenario: the CSR was generated before domains and profiles were known
      Given the VCS Control knows no Unified CM
      And the SSH tunnel between the VCSs is up
      When the administrator generates a CSR on the VCS Control
      Then the CSR of the VCS Control names "vcsc1.example.com"
      And the CSR of the VCS Control does not name "jabber.secure.example.com"

    @CERT-12
    Scenario: the Expressway has the names of the Control's list
      Given the certificate of the VCS Expressway names only "jabber.secure.example.com"
      When the board room signs in
      Then the sign-in of the board room fails with "CERTIFICATE_VALIDATION_ERROR"
      And the VCS Expressway receives no "REGISTER" from the TC endpoint

    @CERT-12
    Scenario: the Control has the names of the Expressway's list
      Given the certificate of the VCS Control names only "example.com"
      And the Cluster Security Mode of Unified CM is 1
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      When Alice signs in
      Then the phone service of Alice fails: "403 Forbidden"
      And the Unified CM has logged "Failed to establish SSL connection"
      When the VCS Control gets a new server certificate
      And the administrator restarts the VCS Control
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtls-cucm1"

  Rule: a new server certificate takes effect with the restart

    @CERT-09 @CFG-03
    Scenario Outline: a certificate is renewed
      Given the deployment runs
      When the <vcs> gets a new server certificate
      Then a TLS client is shown the old certificate of the <vcs> on the ports "<ports>"
      And the <vcs> asks for a restart in an alarm
      When the administrator restarts the <vcs>
      Then the traversal zone is active at both ends
      And a TLS client is shown the new certificate of the <vcs> on the ports "<ports>"
      And the <vcs> has no alarm about a restart

      Examples:
        | vcs            | ports                       |
        | VCS Control    | 443, 5061                   |
        | VCS Expressway | 443, 8443, 5061, 5222, 7001 |

    @DIAG-03
    Scenario Outline: services may have errors until the restart
      Given the deployment runs
      Then the Unified Communications status of the <vcs> has no certificates among its errors
      When the <vcs> gets a new server certificate
      Then the Unified Communications status of the <vcs> has the certificates among its errors
      When the administrator restarts the <vcs>
      Then a TLS client is shown the new certificate of the <vcs> on the port "443"
      And the Unified Communications status of the <vcs> has no certificates among its errors

      Examples:
        | vcs            |
        | VCS Control    |
        | VCS Expressway |

  Rule: a new trusted CA certificate takes effect with the restart

    @CERT-14 @CERT-10 @CFG-03
    Scenario: the Control comes to trust the authority of the Expressway's certificate
      Given the certificate of the VCS Expressway is from a private authority
      Then the traversal zone fails at the VCS Control: "Incomplete chain or untrusted CA"
      When the administrator uploads the private authority as trusted CA of the VCS Control
      Then the upload is accepted
      And the VCS Control asks for a restart in an alarm
      When the VCS Control dials the VCS Expressway anew
      Then the traversal zone fails at the VCS Control: "Incomplete chain or untrusted CA"
      And the VCS Expressway receives no "OPTIONS"
      When the administrator restarts the VCS Control
      Then the traversal zone is active at both ends
      And the VCS Control has no alarm about a restart

    @CERT-14 @CERT-10
    Scenario: the Expressway comes to trust the authority of the Control's certificate
      Given the certificate of the VCS Control is from a private authority
      Then the traversal zone fails at the VCS Expressway: "Incomplete chain or untrusted CA"
      When the administrator uploads the private authority as trusted CA of the VCS Expressway
      And the VCS Control dials the VCS Expressway anew
      Then the traversal zone fails at the VCS Expressway: "Incomplete chain or untrusted CA"
      And the VCS Control receives no "200 OK (OPTIONS)"
      When the administrator restarts the VCS Expressway
      And the VCS Control dials the VCS Expressway anew
      Then the traversal zone is active at both ends

  Rule: server certificates and CA certificates have a page each

    @CERT-13
    Scenario Outline: a certificate is uploaded on the wrong page
      Given the deployment runs
      When the administrator uploads the CA certificate as server certificate of the <vcs>
      Then the upload is refused: "is a CA certificate, not a server certificate"
      When the administrator uploads the server certificate of the VCS Control as trusted CA of the <vcs>
      Then the upload is refused: "is neither a CA nor self-signed"
      And the <vcs> has no alarm about a restart
      When the administrator uploads the private authority as trusted CA of the <vcs>
      Then the upload is accepted

      Examples:
        | vcs            |
        | VCS Control    |
        | VCS Expressway |
