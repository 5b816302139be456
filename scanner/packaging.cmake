# What is installed beside the program, and packages: cpack -G DEB, RPM or TGZ in the build directory,
# cpack --config CPackSourceConfig.cmake for the source tarball. tests/chroot.sh SUITE:deb tries them.
file(GLOB pages ${PROJECT_SOURCE_DIR}/scanner/cli/man/*.1)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
set(completion ${PROJECT_SOURCE_DIR}/scanner/cli/completion)
install(FILES ${completion}/mtasweep.bash
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME mtasweep)
install(FILES ${completion}/_mtasweep DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completion}/mtasweep.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
# What the tasks of a cluster run.
set(cluster ${PROJECT_SOURCE_DIR}/datasets/cluster)
install(PROGRAMS ${cluster}/shard ${cluster}/submit DESTINATION ${CMAKE_INSTALL_DATADIR}/mtasweep/cluster)
install(FILES ${cluster}/slurm.sbatch ${cluster}/merge.sbatch ${cluster}/kubernetes.yaml
	${cluster}/kubernetes-merge.yaml ${cluster}/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/mtasweep/cluster)
# A scan every night. The units name no prefix: systemd finds the script in /usr/bin and /usr/local/bin.
set(nightly ${PROJECT_SOURCE_DIR}/datasets/nightly)
install(PROGRAMS ${nightly}/nightly DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME mtasweep-nightly)
install(FILES ${nightly}/mtasweep-nightly.service ${nightly}/mtasweep-nightly.timer DESTINATION lib/systemd/system)
install(FILES ${nightly}/nightly.conf ${nightly}/README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/mtasweep/nightly)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

set(CPACK_PACKAGE_NAME mtasweep)
set(CPACK_PACKAGE_VENDOR "The mtasweep authors")
# Whoever builds a package for others puts a name here; nobody else answers for it.
set(MTASWEEP_PACKAGER "Built from source <root@localhost>" CACHE STRING "Maintainer of the packages: Name <address>")
set(CPACK_PACKAGE_CONTACT ${MTASWEEP_PACKAGER})
set(CPACK_PACKAGE_DESCRIPTION
"It streams millions of domain names from a file, looks up each name's MTA-STS
and TLS-RPT record and MX, fetches the policy over HTTPS, judges everything as
the standards say and as real senders behave, and writes one NDJSON record a
name plus an aggregate report. mtasweep check explains one domain to its
administrator.")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR "DEB;TGZ")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # needs dpkg-dev and file
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, zstd")
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE "Apache-2.0")
set(CPACK_RPM_PACKAGE_GROUP "Applications/Internet")
# Folders that belong to other packages.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
	/usr/share/man /usr/share/man/man1 /usr/share/bash-completion /usr/share/bash-completion/completions
	/usr/share/zsh /usr/share/zsh/site-functions /usr/share/fish /usr/share/fish/vendor_completions.d /usr/lib/systemd /usr/lib/systemd/system)

set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME mtasweep-${PROJECT_VERSION})
set(CPACK_SOURCE_IGNORE_FILES "/\\\\.git/" "/\\\\.git$" "/build[^/]*/" "/out/" "/\\\\.cache/")
include(CPack)
