Feature: Deploying Unified CM and VCS in different domains
  Users, Unified CM and IM&P are in one domain, both VCSs in another.

  Rule: nodes of Unified CM are then configured by IP address

    @XDOM-01 @XDOM-02 @XDOM-03
    Scenario: everything works across the domains
      Given both VCSs are in the domain "edge.test"
      And the nodes of Unified CM are configured by IP address
      And Bob and Carol are signed in
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Control has discovered the nodes of Unified CM by IP address
      And the registration of Alice went through a zone with the IP address of the Unified CM
      When Alice calls Carol
      Then the call connects
      And Alice and Carol hear each other
      When Alice writes "across the domains" to Bob
      Then Bob reads "across the domains" from Alice
      And Alice can read the voicemail list

    @XDOM-02
    Scenario: bare host names lead nowhere in the domain of the VCSs
      Given both VCSs are in the domain "edge.test"
      And the deployment is not expected to work
      When the SSH tunnel between the VCSs is up
      Then the Unified CM server shows the problem "cucm1"
      When Alice signs in
      Then Alice receives "503 Service Unavailable"
      And Unified CM has Alice not registered
      And the Unified CM receives no "REGISTER"
      When the administrator of Unified CM enters the IP addresses of its nodes
      And the administrator chooses Refresh servers
      And the zone with the IP address of the Unified CM is active
      And Alice signs in
      Then the sign-in of Alice succeeds
      And Unified CM has Alice registered

    @XDOM-02
    Scenario: bare host names in one common domain
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the registration of Alice went through the zone "CEtcp-cucm1"

  Rule: IP addresses lead to the right node

    @XDOM-03
    Scenario: Alice's device belongs to the subscriber, the board room's to the publisher
      Given the Unified CM cluster has a publisher and a subscriber
      And both VCSs are in the domain "edge.test"
      And the nodes of Unified CM are configured by IP address
      And Alice's devices belong to the subscriber, all others to the publisher
      When Alice signs in
      Then the sign-in of Alice succeeds
      And the subscriber of Unified CM has Alice registered
      And the registration of Alice went through a zone with the IP address of the subscriber of Unified CM
      When the board room signs in
      Then the Unified CM has the board room registered
      And the subscriber of Unified CM has not the board room registered

  Rule: over TLS the certificate of a node holds its IP address

    @XDOM-02
    Scenario: the certificate of Unified CM has names alone
      Given the Cluster Security Mode of Unified CM is 1
      And both VCSs are in the domain "edge.test"
      And the nodes of Unified CM are configured by IP address
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      And the deployment is not expected to work
      And the SSH tunnel between the VCSs is up
      When the zone with the IP address of the Unified CM is active
      And Alice signs in
      Then the phone service of Alice fails: "503 Service Unavailable"
      And Unified CM has Alice not registered

    @XDOM-02
    Scenario: the certificate of Unified CM has its IP address too
      Given the Cluster Security Mode of Unified CM is 1
      And both VCSs are in the domain "edge.test"
      And the nodes of Unified CM are configured by IP address
      And the certificate of the Unified CM holds its IP address
      And the device of Alice has the phone security profile "jabber.secure.example.com"
      When Alice signs in
      Then the sign-in of Alice succeeds
      And Unified CM has Alice registered
