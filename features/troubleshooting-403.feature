Feature: "403 Forbidden" responses for any service requests
  Nothing works for anybody outside.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: Control and Expressway have to be synchronised to a reliable NTP server

    @TRB-403-01 @SYS-E-04
    Scenario: the Expressway's clock is wrong
      Given the deployment runs
      When the clock of the VCS Expressway is wrong by 75 seconds
      And Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_FORBIDDEN"
      And Alice receives "403 Forbidden"
      And the Unified CM receives no "GET /cucm-uds"
      When the clock of the VCS Expressway is right again
      And Alice signs in
      Then the sign-in of Alice succeeds

    @TRB-403-01 @SYS-C-04
    Scenario: Control's clock is wrong while Alice is signed in
      Given Alice is signed in
      When the clock of the VCS Control is wrong by 75 seconds
      And Alice asks for the voicemail at "cuc1.example.com"
      Then Alice receives "403 Forbidden"
      And the Unity Connection receives no "GET"
      When the clock of the VCS Control is right again
      Then Alice can read the voicemail list

    @SYS-C-04 @SYS-E-04
    Scenario: a difference of 59 seconds is borne
      Given the deployment runs
      When the clock of the VCS Expressway is 59 seconds fast
      And Alice signs in
      Then the sign-in of Alice succeeds

    @TRB-403-01 @SYS-E-04
    Scenario: a difference of 61 seconds is not
      Given the deployment runs
      When the clock of the VCS Expressway is 61 seconds slow
      And Alice signs in
      Then the sign-in of Alice fails with "FAILED_EDGE_FORBIDDEN"
      And Alice receives "403 Forbidden"
      When the NTP servers answer again
      And the clocks advance by 3 minutes
      Then the clock of the VCS Expressway agrees with the public NTP server
      When Alice signs in
      Then the sign-in of Alice succeeds

    @TRB-403-01 @SYS-C-04
    Scenario: a registration with 61 seconds between the clocks
      Given Alice is signed in
      When the clock of the VCS Control is 59 seconds slow
      And the clocks advance by 11 minutes
      Then the next registration of Alice succeeds
      When the clock of the VCS Control is 61 seconds fast
      And the clocks advance by 11 minutes
      Then the next registration of Alice is refused
      And Alice receives "403 Forbidden"
      When the clock of the VCS Control is right again
      Then the next registration of Alice succeeds

    @TRB-403-01 @fault:403-ntp
    Scenario: the field issue
      When the field issue "403-ntp" is reproduced
      Then it is healthy, shows the symptom, and is healthy again
