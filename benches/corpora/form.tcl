# A data entry form as old business programs have it: labels, entries, a list, a tree, menus and dialogs. Fills itself in.
package require Tk
expr {srand(12)}
wm title . "Goods received"
wm geometry . 1250x860+220+80
proc pick {list} { lindex $list [expr {int(rand() * [llength $list])}] }
set words {bolts hinges brackets screws panels cables lamps pipes gaskets filters valves}
menu .bar; . configure -menu .bar
foreach name {File Edit Records Reports Help} { menu .bar.m$name -tearoff 0; .bar add cascade -label $name -menu .bar.m$name
  foreach item {New Open Close Print Export} { .bar.m$name add command -label "$item…" } }
frame .f -relief groove -bd 2; pack .f -fill x -padx 10 -pady 10
set fields {Supplier Order Article Quantity Price Clerk Store Remark}
foreach field $fields row {0 0 1 1 2 2 3 3} column {0 2 0 2 0 2 0 2} {
  label .f.l$field -text $field -anchor e -width 12; entry .f.e$field -width 44 -font {Courier 13}
  grid .f.l$field -row $row -column $column -sticky e -pady 4; grid .f.e$field -row $row -column [expr {$column + 1}] -sticky w }
frame .b; pack .b -fill x -padx 10
foreach name {Save Cancel Previous Next} { button .b.b$name -text $name -width 11; pack .b.b$name -side left -padx 4 }
ttk::progressbar .b.p -length 240; pack .b.p -side right
ttk::treeview .t -columns {article quantity price store} -show headings -height 18; pack .t -fill both -expand 1 -padx 10 -pady 10
foreach column {article quantity price store} { .t heading $column -text $column; .t column $column -width 200 }
proc rest {ms} { after $ms {set ::go 1}; vwait ::go }
proc fill {field text} { focus .f.e$field; .f.e$field delete 0 end; foreach letter [split $text {}] { .f.e$field insert end $letter; rest [expr {60 + int(rand() * 90)}] } }
proc ask {text} {
  toplevel .ask; wm title .ask Question; wm geometry .ask +620+400
  label .ask.l -text $text -padx 40 -pady 30; button .ask.y -text Yes -width 10; button .ask.n -text No -width 10
  pack .ask.l; pack .ask.y .ask.n -side left -padx 30 -pady 12; rest 1100; .ask.y configure -relief sunken; rest 200; destroy .ask }
set round 0
while 1 {
  incr round
  fill Supplier "[string totitle [pick $words]] & Sons"; fill Order [expr {40000 + int(rand() * 9999)}]
  fill Article [pick $words]; fill Quantity [expr {int(rand() * 900)}]; fill Price [format %.2f [expr {rand() * 300}]]
  .b.bSave configure -relief sunken; rest 150; .b.bSave configure -relief raised
  for {set i 0} {$i <= 100} {incr i 10} { .b.p configure -value $i; rest 60 }
  for {set i 0} {$i < 6} {incr i} { .t insert {} 0 -values [list [pick $words] [expr {int(rand() * 900)}] [format %.2f [expr {rand() * 99}]] [pick {North South East}]] }
  .t selection set [lindex [.t children {}] [expr {$round % 5}]]
  if {$round % 2} { ask "Print the labels for these [expr {$round * 6}] parcels now?" } else { tk_popup .bar.mRecords 420 120; rest 900; .bar.mRecords unpost }
}
