Feature: Diagnostic logging of the VCSs
  An engineer records what a VCS does while an issue is reproduced, and takes the log home.

  Background:
    Given a single Control, Expressway, Unified CM and IM&P

  Rule: start, reproduce, stop, download

    @DLOG-03 @DLOG-05
    Scenario: the sign-in of Alice is in the log, what came after it is not
      Given the deployment runs
      When the administrator clicks "Set to debug" of "Support Log configuration" on the VCS Expressway
      And the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Expressway
      And Alice signs in
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Expressway
      And Alice asks for the voicemail at "cuc1.example.com"
      And the administrator downloads the diagnostic log of the VCS Expressway
      Then the sign-in of Alice succeeds
      And the log has every "GET /ZXhhbXBsZS5jb20/get_edge_config" that the VCS Expressway received
      And the log has no "GET /ZXhhbXBsZS5jb20vaHR0cHMvY3VjMS" that the VCS Expressway received

    @DLOG-03
    Scenario: a new log holds nothing of the one before
      Given the deployment runs
      When the administrator clicks "Set to debug" of "Support Log configuration" on the VCS Expressway
      And the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Expressway
      And Alice signs in
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Expressway
      And the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Expressway
      And Alice asks for the voicemail at "cuc1.example.com"
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Expressway
      And the administrator downloads the diagnostic log of the VCS Expressway
      Then the log has no "GET /ZXhhbXBsZS5jb20/get_edge_config" that the VCS Expressway received
      And the log has every "GET /ZXhhbXBsZS5jb20vaHR0cHMvY3VjMS" that the VCS Expressway received

    @DLOG-05
    Scenario: the buttons in the wrong order
      Given the deployment runs
      Then "Download log" of "Diagnostic logging" on the VCS Control is refused: "There is no diagnostic log"
      And "Stop logging" of "Diagnostic logging" on the VCS Control is refused: "not in progress"
      When the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Control
      Then "Start new log" of "Diagnostic logging" on the VCS Control is refused: "already in progress"
      And "Download log" of "Diagnostic logging" on the VCS Control is refused: "stop logging before downloading"
      And "Download archive" of "Diagnostic logging" on the VCS Control is refused: "stop logging before downloading"

    @DLOG-05 @needs:tar
    Scenario: the archive
      Given the deployment runs
      When the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Control
      And Alice signs in
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Control
      And the administrator downloads the diagnostic log of the VCS Control
      Then the archive of the VCS Control holds the same log beside its configuration and status

  Rule: three modules are set to debug before and to info behind it

    @DLOG-04 @DLOG-08
    Scenario: debug lines come and go on the Control
      Given the deployment runs
      When the administrator clicks "Set to debug" of "Support Log configuration" on the VCS Control
      And the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Control
      And Alice signs in
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Control
      And the administrator downloads the diagnostic log of the VCS Control
      Then the log has DEBUG lines of "developer.edgeconfigprovisioning"
      And the log has DEBUG lines of "developer.trafficserver"
      And the log has DEBUG lines of "developer.xcp"
      And the log has every "GET /ZXhhbXBsZS5jb20/get_edge_config" that the VCS Control received
      When the administrator clicks "Reset to info" of "Support Log configuration" on the VCS Control
      And the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Control
      And Alice signs out
      And Alice signs in
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Control
      And the administrator downloads the diagnostic log of the VCS Control
      Then the log has no DEBUG lines of "developer."

    @DLOG-04
    Scenario: the modules were forgotten
      Given the deployment runs
      When the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Control
      And Alice signs in
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Control
      And the administrator downloads the diagnostic log of the VCS Control
      Then the log has no DEBUG lines of "developer."

    @DLOG-04
    Scenario: debug lines on the Expressway
      Given the deployment runs
      When the administrator clicks "Set to debug" of "Support Log configuration" on the VCS Expressway
      And the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Expressway
      And Alice signs in
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Expressway
      And the administrator downloads the diagnostic log of the VCS Expressway
      Then the log has DEBUG lines of "developer.trafficserver"
      And the log has DEBUG lines of "developer.xcp"

  Rule: markers tell what was done when

    @DLOG-06 @DLOG-07
    Scenario: two calls between three markers
      Given Alice and Carol are signed in
      When the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Expressway
      And the administrator adds the marker "to nobody" on the VCS Expressway
      And Alice calls the number "1998"
      Then the call fails with "404 Not Found"
      When the administrator adds the marker "to nobody else" on the VCS Expressway
      And Alice calls the number "1999"
      Then the call fails with "404 Not Found"
      When the administrator adds the marker "the end" on the VCS Expressway
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Expressway
      And the administrator downloads the diagnostic log of the VCS Expressway
      Then the log has 3 markers
      And the log has "sip:1998@" between the markers "to nobody" and "to nobody else"
      And the log has "sip:1999@" between the markers "to nobody else" and "the end"

    @DLOG-06
    Scenario: no log is being taken
      Given the deployment runs
      Then the VCS Control refuses the marker "too early": "not in progress"
      When the administrator clicks "Start new log" of "Diagnostic logging" on the VCS Control
      And the administrator adds the marker "in time" on the VCS Control
      And the administrator clicks "Stop logging" of "Diagnostic logging" on the VCS Control
      Then the VCS Control refuses the marker "too late": "not in progress"
      When the administrator downloads the diagnostic log of the VCS Control
      Then the log has 1 marker
