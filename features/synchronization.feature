Feature: Ensuring that VCS Control is synchronized to Unified CM
  What is changed in a Unified CM cluster reaches the VCS Control when its servers are rediscovered.

  Rule: the number of nodes in the cluster is changed

    Background:
      Given the Unified CM cluster has a publisher and a subscriber

    @SYNC-01 @SYNC-06
    Scenario: a node is added
      Given the subscriber has not joined the cluster yet
      And the deployment runs
      When the subscriber joins the cluster, and devices register with it
      And Alice signs in
      Then the phone service of Alice fails: "404"
      And the subscriber of Unified CM receives no "REGISTER"
      When the administrator chooses Refresh servers
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the subscriber of Unified CM has Alice registered

    @SYNC-01 @SYNC-06
    Scenario: a node is removed
      Given the deployment runs
      Then the zone "CEtcp-cucm2" is active on port 5060
      When the subscriber leaves the cluster
      Then the zone "CEtcp-cucm2" has failed: "connection"
      When the administrator chooses Refresh servers
      Then the zone "CEtcp-cucm2" is gone
      And the zone "CEtcp-cucm1" is active on port 5060

  Rule: the host name of a node is changed

    Background:
      Given the Unified CM cluster has a publisher and a subscriber

    @SYNC-02 @SYNC-06
    Scenario: the subscriber gets another name
      Given the certificate of the subscriber of Unified CM has the name "sub1.example.com" too
      And the deployment runs
      When the subscriber is renamed to "sub1"
      And Alice signs in
      Then the phone service of Alice fails: "404"
      And the zone "CEtcp-cucm2" has failed: "cucm2"
      When the administrator chooses Refresh servers
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the subscriber of Unified CM has Alice registered
      And the zone "CEtcp-cucm2" is gone
      And the zone "CEtcp-sub1" is active on port 5060

  Rule: phone security profiles are changed

    Background:
      Given the Cluster Security Mode of Unified CM is 1

    @SYNC-05 @SYNC-06
    Scenario: a profile for TLS is added
      Given the deployment runs
      When Unified CM gets the phone security profile "tablets.secure.example.com" for the device of Alice
      And the administrator generates a CSR on the VCS Control
      Then the CSR of the VCS Control does not name "tablets.secure.example.com"
      When Alice signs in
      Then the phone service of Alice fails: "403 Forbidden"
      And the VCS Control has logged "Failed to establish SSL connection"
      When the administrator chooses Refresh servers
      And the administrator generates a CSR on the VCS Control
      Then the CSR of the VCS Control names "tablets.secure.example.com"
      When the deployment's authority signs the CSR of the VCS Control
      And the administrator uploads the signed certificate to the VCS Control
      And the administrator restarts the VCS Control
      And Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtls-cucm1"
