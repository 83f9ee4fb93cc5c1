Feature: Time of the VCSs
  Both VCSs follow a reliable NTP service; their clocks have to agree to within a minute.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: each VCS is synchronized to the NTP server it was given

    @SYS-C-04 @SYS-E-04
    Scenario: the healthy deployment
      Given the deployment runs
      Then the VCS Control shows its NTP server as "Active"
      And the inside NTP server has given its time to the VCS Control
      And the VCS Expressway shows its NTP server as "Active"
      And the public NTP server has given its time to the VCS Expressway

    @SYS-C-04
    Scenario: Control's clock slips and is set right
      Given the deployment runs
      And the VCS Control shows its NTP server as "Active"
      When the clock of the VCS Control slips by 75 seconds while its NTP server answers
      And the clocks advance by 3 minutes
      Then the clock of the VCS Control agrees with the inside NTP server
      When Alice signs in
      Then the sign-in of Alice succeeds

    @SYS-E-04
    Scenario: the Expressway's clock slips and is set right
      Given the deployment runs
      And the VCS Expressway shows its NTP server as "Active"
      When the clock of the VCS Expressway slips by 75 seconds while its NTP server answers
      And the clocks advance by 3 minutes
      Then the clock of the VCS Expressway agrees with the public NTP server
      When Alice signs in
      Then the sign-in of Alice succeeds

    @SYS-C-04
    Scenario: the NTP server cannot be found
      Given the deployment runs
      When the NTP server of the VCS Control is "ntp9.example.com"
      Then after a while the VCS Control shows its NTP server as "Unreachable"
      And the VCS Control has the alarm "NTP server not available" with the action "Check the addresses of the NTP servers, the DNS servers and that UDP port 123 is open"
      When the NTP server of the VCS Control is "ntp1.example.com"
      Then the VCS Control shows its NTP server as "Active"
      And the VCS Control has no alarm "NTP server not available"

  Rule: the authentication method is chosen by local policy

    @SYS-C-06
    Scenario: Control and its NTP server have the same key
      Given the deployment runs
      When the VCS Control has the symmetric key of its NTP server
      Then the inside NTP server has given authenticated time to the VCS Control
      And the VCS Control shows its NTP server as "Active"

    @SYS-C-06
    Scenario: Control has another key
      Given the deployment runs
      When the VCS Control has another symmetric key than its NTP server
      Then the inside NTP server has rejected the key of the VCS Control
      And the VCS Control shows its NTP server as "Rejected"
      And the VCS Control has the alarm "NTP client failure" with the action "Check the state of each NTP server, its authentication method and its key"
      When the clock of the VCS Control slips by 75 seconds while its NTP server answers
      And Alice signs in
      Then Alice receives "403 Forbidden"
      When the VCS Control has the symmetric key of its NTP server
      Then the clock of the VCS Control agrees with the inside NTP server
      And the VCS Control has no alarm "NTP client failure"
      When Alice signs in
      Then the sign-in of Alice succeeds

    @SYS-E-06
    Scenario: the Expressway and its NTP server have the same key
      Given the deployment runs
      When the VCS Expressway has the symmetric key of its NTP server
      Then the public NTP server has given authenticated time to the VCS Expressway
      And the VCS Expressway shows its NTP server as "Active"

    @SYS-E-06
    Scenario: the Expressway has another key
      Given the deployment runs
      When the VCS Expressway has another symmetric key than its NTP server
      Then the public NTP server has rejected the key of the VCS Expressway
      And the VCS Expressway shows its NTP server as "Rejected"
      When the clock of the VCS Expressway slips by 75 seconds while its NTP server answers
      And Alice signs in
      Then Alice receives "403 Forbidden"
      When the VCS Expressway has the symmetric key of its NTP server
      Then the clock of the VCS Expressway agrees with the public NTP server
      When Alice signs in
      Then the sign-in of Alice succeeds

  Rule: the clocks of both VCSs are compared over the traversal zone

    @TRB-403-01
    Scenario: both VCSs raise an alarm
      Given the deployment runs
      Then the VCS Control has no alarm "Time not synchronized over traversal zone"
      When the clock of the VCS Expressway is wrong by 75 seconds
      And the clocks advance by 1 minutes
      Then the VCS Control has the alarm "Time not synchronized over traversal zone" with the action "Check that both systems are synchronized to a reliable NTP server"
      And the VCS Expressway has the alarm "Time not synchronized over traversal zone" with the action "Check that both systems are synchronized to a reliable NTP server"
      When Alice signs in
      Then Alice receives "403 Forbidden"
      When the clock of the VCS Expressway is right again
      And the clocks advance by 1 minutes
      Then the VCS Control has no alarm "Time not synchronized over traversal zone"
      And the VCS Expressway has no alarm "Time not synchronized over traversal zone"
