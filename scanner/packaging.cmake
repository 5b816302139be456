# What is installed beside the program, and packages: cpack -G DEB, RPM or TGZ in the build directory,
# cpack --config CPackSourceConfig.cmake for the source tarball.
file(GLOB pages ${PROJECT_SOURCE_DIR}/scanner/man/*.1)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
set(completion ${PROJECT_SOURCE_DIR}/scanner/completion)
install(FILES ${completion}/mtasweep.bash
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME mtasweep)
install(FILES ${completion}/_mtasweep DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES ${completion}/mtasweep.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_PACKAGE_NAME mtasweep)
set(CPACK_PACKAGE_VENDOR "The mtasweep authors")
set(CPACK_PACKAGE_CONTACT "The mtasweep authors <mtasweep@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_GENERATOR "DEB;TGZ")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON) # needs dpkg-dev
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates, zstd")
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE "see LICENSE")

set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME mtasweep-${PROJECT_VERSION})
set(CPACK_SOURCE_IGNORE_FILES "/\\\\.git" "/build" "/out" "/\\\\.cache")
include(CPack)
