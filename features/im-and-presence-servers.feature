Feature: Configuring IM&P servers
  The VCS Control asks an IM and Presence publisher over AXL for the nodes of its cluster.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: the publisher tells its nodes

    @DISC-IMP-03 @DISC-IMP-02
    Scenario: the publisher's address is added
      Given the deployment runs
      Then the IM&P receives "POST /axl/" from the VCS Control
      And the VCS Control lists the IM and Presence nodes "imp1.example.com (Publisher)"
      And the IM and Presence server is "Active" at the VCS Control

    @DISC-IMP-03
    Scenario: the cluster has a subscriber
      Given the IM&P cluster has a subscriber "imp2.example.com"
      And the deployment runs
      Then the VCS Control lists the IM and Presence nodes "imp1.example.com (Publisher), imp2.example.com (Subscriber)"

    @DISC-IMP-02
    Scenario: the AXL user lacks the role
      Given the AXL user of IM&P lacks the role "Standard AXL API Access"
      And the deployment runs
      Then the VCS Control receives "403 Forbidden" from the IM&P
      And the IM and Presence server is "Inactive" at the VCS Control
      And the IM and Presence server shows the problem "HTTPError:403"
      And the VCS Control lists the IM and Presence nodes ""

    @IMP-01 @DISC-IMP-03
    Scenario: the AXL service was never activated on IM&P
      Given the "Cisco AXL Web Service" of IM&P was never activated
      And the deployment runs
      Then the VCS Control receives "503 Service Unavailable" from the IM&P
      And the IM and Presence server is "Inactive" at the VCS Control
      And the IM and Presence server shows the problem "HTTPError:503"
      When the "Cisco AXL Web Service" of IM&P runs
      And the administrator refreshes the servers
      Then the IM and Presence server is "Active" at the VCS Control
      And the VCS Control lists the IM and Presence nodes "imp1.example.com (Publisher)"

    @DISC-IMP-03
    Scenario: the publisher can not be reached
      Given the internal DNS has no record "imp1.example.com"
      And the deployment is not expected to work
      And the deployment runs
      Then the IM and Presence server is "Inactive" at the VCS Control
      And the IM and Presence server shows the problem "Unable to communicate with imp1.example.com"
      And the IM&P receives no "POST /axl/"

  Rule: with TLS verify mode on the tomcat certificate is verified

    @DISC-IMP-04
    Scenario: the certificate of IM&P is not trusted
      Given the certificate of the IM&P is from a CA the others do not trust
      And the deployment runs
      Then the IM and Presence server is "Inactive" at the VCS Control
      And the IM and Presence server shows the problem "unable to verify"
      And the IM&P receives no "POST /axl/"
      And the VCS Control has not connected to port 7400 of the IM&P

    @DISC-IMP-04
    Scenario: the administrator switches TLS verify mode off
      Given the certificate of the IM&P is from a CA the others do not trust
      And TLS verify mode is off for the IM and Presence server
      And the deployment runs
      Then the IM&P receives "POST /axl/" from the VCS Control
      And the IM and Presence server is "Active" at the VCS Control

  Rule: an IM and Presence server is inactive without a traversal zone

    @DISC-IMP-05
    Scenario: the zone comes after the server
      Given the traversal zone of the VCS Control has the wrong password
      And the deployment runs
      Then the IM&P receives "POST /axl/" from the VCS Control
      And the VCS Control lists the IM and Presence nodes "imp1.example.com (Publisher)"
      And the IM and Presence server is "Inactive" at the VCS Control
      When the administrator corrects the traversal zone of the VCS Control
      Then the traversal zone is active at both ends
      And the IM and Presence server is "Active" at the VCS Control

  Rule: the status page of the Control shows the servers

    @STAT-04
    Scenario: the AXL service of IM&P stops
      Given the deployment runs
      Then the status page of the VCS Control lists "cucm1.example.com Active, imp1.example.com Active"
      And the status page of the VCS Expressway lists no servers
      When the "Cisco AXL Web Service" of IM&P stops
      And the administrator refreshes the servers
      Then the status page of the VCS Control lists "cucm1.example.com Active, imp1.example.com Inactive"

  Rule: 'Failed: <address> is not a IM and Presence Server'

    @TRB-IMP-01
    Scenario: the address is not that of an IM and Presence publisher
      Given the IM and Presence publisher address is "cucm1.example.com"
      And the deployment runs
      Then the Unified CM receives "POST /axl/" from the VCS Control
      And the IM and Presence server is "Inactive" at the VCS Control
      And the IM and Presence server shows the problem "Failed: cucm1.example.com is not a IM and Presence Server"

    @TRB-IMP-02
    Scenario: release 9.1.1 without CA certificates, and after they were installed
      Given the CA certificates are missing on IM&P of release "9.1.1.31900-1"
      And the deployment is not expected to work
      When the SSH tunnel between the VCSs is up
      Then the IM and Presence server shows the problem "Failed: imp1.example.com is not a IM and Presence Server"
      When the CA certificates are installed on IM&P
      And the administrator refreshes the servers
      Then the IM and Presence server is "Active" at the VCS Control

    @TRB-IMP-01 @TRB-IMP-02 @fault:imp-9-1-1-cannot-be-added
    Scenario: the fault of release 9.1.1 is brought about and mended
      When the field issue "imp-9-1-1-cannot-be-added" is reproduced
      Then it is healthy, shows the symptom, and is healthy again

    @PRE-05
    Scenario: IM&P is older than 9.1(1)
      Given the software of IM&P is "8.6.5.10000-12"
      And the deployment is not expected to work
      When the SSH tunnel between the VCSs is up
      Then the IM and Presence server shows the problem "9.1(1) or later is required"

  Rule: IM&P and Unified CM have one domain

    @SCN-06 @XDOM-04
    Scenario: IM&P is in another domain than Unified CM
      Given IM&P serves the domain "example.org"
      And Carol is signed in
      When Alice signs in
      Then the sign-in of Alice succeeds except for "im-connect": "Cannot communicate with the server"
      And Alice receives the stream error "host-unknown"
      When Alice calls Carol
      Then the call connects

    @SCN-06 @XDOM-04
    Scenario: both are in the domain of the deployment
      Given IM&P serves the domain "example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the XMPP session of Alice ends at IM&P over the link of the VCS Control
